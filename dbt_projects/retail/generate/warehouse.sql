select
    identifier('warehouse', number) as warehouse_sk,
    case number % 2 when 0 then 'East' else 'Midwest' end || case when number >= 2 then ' ' || number // 2 else '' end
        as warehouse_name,
    case number % 2 when 0 then 'Albany' else 'Wichita' end as city,
    case number % 2 when 0 then 'NY' else 'KS' end as state,
    case number % 2 when 0 then 'America/New_York' else 'America/Chicago' end as time_zone,
    (start_date() - 400)::timestamptz as updated_at,
    number as warehouse__,
    number // 2 as copy__
from entities(2)
