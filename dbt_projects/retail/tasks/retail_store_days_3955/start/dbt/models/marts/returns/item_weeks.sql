with

lines as (

    select * from {{ ref('sale_lines') }}

),

returns as (

    select * from {{ ref('int_returns_matched') }}

),

items as (

    select * from {{ ref('stg_head_office__items') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

movements as (

    select
        item_id,
        case when channel = 'shop' then quantity else 0 end as shop_units,
        case when channel = 'catalog' then quantity else 0 end as catalog_units,
        case when channel = 'web' then quantity else 0 end as web_units,
        0 as returned_units,
        net_cents,
        sold_on as counted_on
    from lines
    union all
    select
        item_id,
        0 as shop_units,
        0 as catalog_units,
        0 as web_units,
        return_quantity as returned_units,
        0 as net_cents,
        counted_on
    from returns

),

aggregated as (

    select
        movements.item_id,
        dates.week_start,
        cast(sum(movements.shop_units) as bigint) as n_shop_units,
        cast(sum(movements.catalog_units) as bigint) as n_catalog_units,
        cast(sum(movements.web_units) as bigint) as n_web_units,
        cast(sum(movements.returned_units) as bigint) as n_returned_units,
        cast(sum(movements.net_cents) as bigint) as net_cents
    from movements
    inner join dates on movements.counted_on = dates.calendar_date
    group by movements.item_id, dates.week_start

),

joined as (

    select
        aggregated.item_id,
        items.item_code,
        items.category,
        aggregated.n_shop_units,
        aggregated.n_catalog_units,
        aggregated.n_web_units,
        aggregated.n_returned_units,
        aggregated.net_cents,
        aggregated.week_start
    from aggregated
    inner join items on aggregated.item_id = items.item_id

)

select * from joined
