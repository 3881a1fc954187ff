with

customer_versions as (

    select * from {{ ref('customers_snapshot') }}

),

orders as (

    select * from {{ ref('orders') }}

),

versions as (

    select
        customer_id,
        city,
        postal_code,
        country_code,
        has_marketing_consent,
        dbt_valid_from as valid_from,
        dbt_valid_to as valid_to,
        row_number() over versions_in_order as version_number,
        country_code <> lag(country_code) over versions_in_order as is_country_changed
    from customer_versions
    window versions_in_order as (
        partition by customer_id
        order by dbt_valid_from
    )

),

orders_per_version as (

    select
        versions.customer_id,
        versions.version_number,
        count(*) as n_orders
    from versions
    inner join orders
        on
            versions.customer_id = orders.customer_id
            and versions.valid_from <= orders.placed_at
            and (versions.valid_to > orders.placed_at or versions.valid_to is null)
    where orders.is_paid
    group by versions.customer_id, versions.version_number

),

joined as (

    select
        versions.customer_id,
        versions.version_number,
        versions.city,
        versions.postal_code,
        versions.country_code,
        coalesce(orders_per_version.n_orders, 0) as n_orders,
        versions.has_marketing_consent,
        coalesce(versions.is_country_changed, false) as is_country_changed,
        versions.valid_to is null as is_current,
        versions.valid_from,
        versions.valid_to
    from versions
    left join orders_per_version
        on
            versions.customer_id = orders_per_version.customer_id
            and versions.version_number = orders_per_version.version_number

)

select * from joined
