select "sale_line_id" from {{ ref('sale_lines') }}
group by "sale_line_id"
having count(*) > 1 or min("sale_line_id") is null
