with

stores as (

    select * from {{ ref('stg_shops__stores') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

lines as (

    select * from {{ ref('sale_lines') }}

),

returns as (

    select * from {{ ref('int_returns_matched') }}

),

staff_hours as (

    select * from {{ ref('int_staff_hours_by_day') }}

),

open_days as (

    select
        stores.store_id,
        stores.store_code,
        dates.calendar_date as business_date
    from stores
    cross join dates
    where
        dates.calendar_date >= cast('{{ var('first_day') }}' as date)
        and dates.calendar_date <= {{ business_today() }}
        and dates.calendar_date >= stores.opened_on
        and (dates.calendar_date <= stores.closed_on or stores.closed_on is null)

),

sales_by_day as (

    select
        store_id,
        sold_on,
        count(distinct document_number) as n_tickets,
        cast(sum(quantity) as bigint) as n_units,
        cast(sum(net_cents) as bigint) as net_cents
    from lines
    group by store_id, sold_on

),

returns_by_day as (

    select
        store_id,
        returned_on,
        count(*) as n_returns
    from returns
    group by store_id, returned_on

),

joined as (

    select
        open_days.store_id,
        open_days.store_code,
        coalesce(sales_by_day.n_tickets, 0) as n_tickets,
        coalesce(sales_by_day.n_units, 0) as n_units,
        coalesce(sales_by_day.net_cents, 0) as net_cents,
        coalesce(returns_by_day.n_returns, 0) as n_returns,
        staff_hours.n_open_shifts,
        coalesce(staff_hours.worked_minutes, 0) as worked_minutes,
        sales_by_day.net_cents * 60 / staff_hours.worked_minutes as net_cents_per_hour,
        open_days.business_date
    from open_days
    left join sales_by_day
        on
            open_days.store_id = sales_by_day.store_id
            and open_days.business_date = sales_by_day.sold_on
    left join returns_by_day
        on
            open_days.store_id = returns_by_day.store_id
            and open_days.business_date = returns_by_day.returned_on
    left join staff_hours
        on
            open_days.store_id = staff_hours.store_id
            and open_days.business_date = staff_hours.shift_date

)

select * from joined
