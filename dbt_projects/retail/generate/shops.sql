-- The shops, with where they are and when they are open. For the generator only.
with listed as (
    select
        number as store__,
        number // 8 as copy__,
        number % 8 as nth
    from entities(8)
)

select
    store__,
    copy__,
    identifier('store', store__) as store_id__,
    ['Albany', 'Dayton', 'Toledo', 'Peoria', 'Wichita', 'Laredo', 'Tucson', 'Mesa'][nth + 1] as city__,
    ['NY', 'OH', 'OH', 'IL', 'KS', 'TX', 'AZ', 'AZ'][nth + 1] as state__,
    case when nth < 3 then 'America/New_York' when nth < 6 then 'America/Chicago' else 'America/Phoenix' end as time_zone__,
    [800, 725, 725, 875, 750, 825, 870, 830][nth + 1] as tax_bps__,
    case when nth = 2 then start_date() + 4 else start_date() - 300 - pick(store__, 'opened', 2000) end as opened_on__,
    case when nth = 5 then start_date() + 9 end as closed_on__
from listed
