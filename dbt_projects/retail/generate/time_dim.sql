select
    clock as time_sk,
    (clock // 60)::integer as hour,
    (clock % 60)::integer as minute,
    case when clock // 60 in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) then 'morning' when clock // 60 in (12, 13, 14, 15, 16) then 'afternoon'
        else 'evening' end as day_part
from range(0, 1440) as listed (clock)
