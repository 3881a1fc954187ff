with

checks as (

    select * from {{ ref('stg_provider__risk_checks') }}

),

payments as (

    select * from {{ ref('stg_marketplace__payments') }}

),

orders as (

    select * from {{ ref('stg_marketplace__orders') }}

),

attempts as (

    select
        orders.order_id,
        orders.customer_id,
        checks.risk_points,
        checks.card_fingerprint,
        checks.ip_country <> orders.ship_to_country as is_abroad
    from checks
    inner join payments on checks.provider_reference = payments.provider_reference
    inner join orders on payments.order_id = orders.order_id

),

customers_of_a_card as (

    select
        card_fingerprint,
        count(distinct customer_id) as n_customers
    from attempts
    group by card_fingerprint

),

by_order as (

    select
        attempts.order_id,
        count(*) as n_checks,
        count(distinct attempts.card_fingerprint) as n_cards,
        max(attempts.risk_points) as highest_points,
        coalesce(bool_or(customers_of_a_card.n_customers > 1), false) as is_card_shared,
        bool_or(attempts.is_abroad) as is_abroad
    from attempts
    left join customers_of_a_card on attempts.card_fingerprint = customers_of_a_card.card_fingerprint
    group by attempts.order_id

)

select * from by_order
