{% set first_day = "date '2024-03-26'" %}
{% set today = 'cast(' ~ berlin_date(pinned_now()) ~ ' as date)' %}

with

shipments as (

    select * from {{ ref('int_shipments_tracked') }}

),

with_deadline as (

    select
        *,
        promised_on >= {{ first_day }} as is_new_contract,
        -- Local time of Berlin at which it is too late.
        case
            when service = 'EXPRESS' and promised_on >= {{ first_day }} then promised_on + interval 18 hour
            else promised_on + interval 24 hour
        end as deadline,
        coalesce(delivered_at, {{ pinned_now() }}) at time zone 'UTC' at time zone 'Europe/Berlin' as known_until
    from shipments

),

with_verdict as (

    select
        *,
        case
            when delivered_at is not null then known_until < deadline
            when returned_at is not null or known_until >= deadline then false
        end as is_on_time
    from with_deadline

),

with_days as (

    select
        *,
        case
            when is_on_time then 0
            when not is_on_time and shipment_state <> 'returned'
                then greatest(coalesce(delivered_on, {{ today }}) - promised_on, 1)
        end as days_late
    from with_verdict

),

with_penalty as (

    select
        shipment_id,
        order_id,
        warehouse_code,
        service,
        destination_country,
        shipment_state,
        weight_grams,
        n_failed_attempts,
        transit_minutes,
        is_on_time,
        days_late,
        case
            when is_new_contract and n_failed_attempts = 0 and days_late > 0
                then least(days_late, 3) * case when service = 'EXPRESS' then 350 else 120 end
            else 0
        end as penalty_cents,
        promised_on,
        delivered_on,
        accepted_at,
        delivered_at
    from with_days

)

select * from with_penalty
