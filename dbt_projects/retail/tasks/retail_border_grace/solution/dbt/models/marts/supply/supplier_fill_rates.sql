with

order_lines as (

    select * from {{ ref('int_receipts_by_line') }}

),

suppliers as (

    select * from {{ ref('stg_head_office__suppliers') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

due_lines as (

    select
        order_lines.supplier_id,
        dates.week_start,
        order_lines.quantity_ordered,
        order_lines.grace_units,
        least(order_lines.on_time_units + order_lines.grace_units, order_lines.quantity_ordered) as filled_units,
        order_lines.on_time_units + order_lines.grace_units >= order_lines.quantity_ordered as is_filled,
        order_lines.n_receipts = 0 as is_missing
    from order_lines
    inner join dates on order_lines.promised_on = dates.calendar_date
    where
        order_lines.po_status <> 'cancelled'
        and order_lines.promised_on <= {{ business_today() }}

),

aggregated as (

    select
        supplier_id,
        week_start,
        count(*) as n_lines,
        count(*) filter (where is_filled) as n_filled_lines,
        count(*) filter (where is_missing) as n_missing_lines,
        cast(sum(quantity_ordered) as bigint) as ordered_units,
        cast(sum(grace_units) as bigint) as grace_units,
        cast(sum(filled_units) as bigint) as filled_units
    from due_lines
    group by supplier_id, week_start

),

joined as (

    select
        aggregated.supplier_id,
        suppliers.supplier_name,
        aggregated.n_lines,
        aggregated.n_filled_lines,
        aggregated.n_missing_lines,
        aggregated.ordered_units,
        aggregated.grace_units,
        aggregated.filled_units,
        aggregated.filled_units / aggregated.ordered_units as fill_rate,
        aggregated.week_start
    from aggregated
    inner join suppliers on aggregated.supplier_id = suppliers.supplier_id

)

select * from joined
