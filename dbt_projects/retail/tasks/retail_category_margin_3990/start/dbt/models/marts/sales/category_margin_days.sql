with

lines as (

    select * from {{ ref('sale_lines') }}

),

aggregated as (

    select
        category,
        sold_on,
        count(*) as n_lines,
        cast(sum(quantity) as bigint) as n_units,
        cast(sum(gross_cents) as bigint) as gross_cents,
        cast(sum(discount_cents) as bigint) as discount_cents,
        cast(sum(net_cents) as bigint) as net_cents,
        cast(sum(cost_cents) as bigint) as cost_cents,
        cast(sum(margin_cents) as bigint) as margin_cents
    from lines
    group by category, sold_on

),

with_share as (

    select
        category,
        n_lines,
        n_units,
        gross_cents,
        discount_cents,
        net_cents,
        cost_cents,
        margin_cents,
        margin_cents / net_cents as margin_share,
        sold_on
    from aggregated

)

select * from with_share
