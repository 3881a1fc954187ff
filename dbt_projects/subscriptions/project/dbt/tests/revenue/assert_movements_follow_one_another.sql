-- A customer's movement begins where the one before ended, and the first one of a customer is its new business.
with

in_order as (

    select
        customer_id,
        revenue_month,
        movement_kind,
        opening_mrr_cents,
        lag(closing_mrr_cents, 1, 0) over movements_so_far as last_closing_mrr_cents,
        row_number() over movements_so_far as movement_number
    from {{ ref('mrr_movements') }}
    window movements_so_far as (
        partition by customer_id
        order by revenue_month
    )

)

select
    customer_id,
    revenue_month
from in_order
where
    opening_mrr_cents <> last_closing_mrr_cents
    or (movement_kind = 'new') <> (movement_number = 1)
    or revenue_month <> date_trunc('month', revenue_month)
    or revenue_month > {{ pinned_now() }}
