select "count_id" from {{ ref('stock_count_differences') }}
group by "count_id"
having count(*) > 1 or min("count_id") is null
