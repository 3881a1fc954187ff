with

lines as (

    select * from {{ ref('stg_billing__invoice_lines') }}

),

summed as (

    select
        invoice_id,
        count(*) as n_lines,
        cast(sum(amount_cents) as bigint) as total_cents,
        cast(coalesce(sum(amount_cents) filter (where line_kind = 'proration'), 0) as bigint) as proration_cents,
        cast(coalesce(sum(amount_cents) filter (where line_kind = 'usage'), 0) as bigint) as usage_cents,
        max(quantity) as n_seats
    from lines
    group by invoice_id

)

select * from summed
