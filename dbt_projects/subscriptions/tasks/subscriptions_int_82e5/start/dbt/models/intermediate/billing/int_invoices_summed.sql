with

lines as (

    select * from {{ ref('stg_billing__invoice_lines') }}

),

summed_groups as (

    select distinct invoice_id
    from lines

),

n_lines_of_summed as (

    select
        invoice_id,
        count(*) as n_lines
    from lines
    group by invoice_id

),

total_cents_of_summed as (

    select
        invoice_id,
        cast(sum(amount_cents) as bigint) as total_cents
    from lines
    group by invoice_id

),

proration_cents_of_summed as (

    select
        invoice_id,
        cast(coalesce(sum(amount_cents) filter (where line_kind = 'proration'), 0) as bigint) as proration_cents
    from lines
    group by invoice_id

),

usage_cents_of_summed as (

    select
        invoice_id,
        cast(coalesce(sum(amount_cents) filter (where line_kind = 'usage'), 0) as bigint) as usage_cents
    from lines
    group by invoice_id

),

n_seats_of_summed as (

    select
        invoice_id,
        max(quantity) as n_seats
    from lines
    group by invoice_id

),

summed as (

    select
        summed_groups.invoice_id,
        n_lines_of_summed.n_lines,
        total_cents_of_summed.total_cents,
        proration_cents_of_summed.proration_cents,
        usage_cents_of_summed.usage_cents,
        n_seats_of_summed.n_seats
    from summed_groups
    left join n_lines_of_summed on summed_groups.invoice_id = n_lines_of_summed.invoice_id
    left join total_cents_of_summed on summed_groups.invoice_id = total_cents_of_summed.invoice_id
    left join proration_cents_of_summed on summed_groups.invoice_id = proration_cents_of_summed.invoice_id
    left join usage_cents_of_summed on summed_groups.invoice_id = usage_cents_of_summed.invoice_id
    left join n_seats_of_summed on summed_groups.invoice_id = n_seats_of_summed.invoice_id

)

select * from summed
