select "tail_number", "version_number" from {{ ref('plane_history') }}
group by "tail_number", "version_number"
having count(*) > 1 or min("tail_number") is null or min("version_number") is null
