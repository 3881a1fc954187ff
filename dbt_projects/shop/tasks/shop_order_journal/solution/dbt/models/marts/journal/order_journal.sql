{{
    config(
        materialized='incremental',
        unique_key='order_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

orders as (

    select * from {{ ref('orders') }}

),

known as (

    {% if is_incremental() %}
        select * from {{ this }}
    {% else %}
        select
            order_id,
            order_status as journal_status,
            order_status as first_status,
            0 as n_status_changes,
            total_cents - refunded_cents as first_net_cents,
            order_date as first_seen_on
        from orders
        where false
    {% endif %}

),

held as (

    select
        orders.order_id,
        orders.customer_id,
        orders.order_number,
        orders.channel,
        orders.currency,
        orders.order_status as journal_status,
        coalesce(known.first_status, orders.order_status) as first_status,
        coalesce(known.n_status_changes, 0)
        + coalesce(cast(known.journal_status <> orders.order_status as integer), 0) as n_status_changes,
        orders.total_cents,
        orders.refunded_cents,
        coalesce(
            known.first_net_cents,
            case when orders.is_paid then orders.total_cents - orders.refunded_cents end
        ) as first_net_cents,
        orders.total_cents - orders.refunded_cents
        - coalesce(
            known.first_net_cents,
            case when orders.is_paid then orders.total_cents - orders.refunded_cents end
        ) as restated_cents,
        orders.order_date,
        coalesce(known.first_seen_on, {{ berlin_date(pinned_now()) }}) as first_seen_on,
        cast(null as date) as expired_on,
        orders.placed_at
    from orders
    left join known on orders.order_id = known.order_id

),

entries as (

    select * from held
    {% if is_incremental() %}
        union all
        select
            known.* replace (
                'expired' as journal_status,
                coalesce(known.expired_on, {{ berlin_date(pinned_now()) }}) as expired_on
            )
        from known
        where known.order_id not in (select orders.order_id from orders)
    {% endif %}

),

-- Only what is new or has changed is written.
changed as (

    select * from entries
    {% if is_incremental() %}
        except
        select * from known
    {% endif %}

)

select * from changed
