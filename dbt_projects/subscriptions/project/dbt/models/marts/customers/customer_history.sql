with

customer_versions as (

    select * from {{ ref('customers_snapshot') }}

),

invoices as (

    select * from {{ ref('stg_billing__invoices') }}

),

versions as (

    select
        customer_id,
        email,
        country_code,
        dbt_valid_from as valid_from,
        dbt_valid_to as valid_to,
        row_number() over versions_in_order as version_number,
        country_code <> lag(country_code) over versions_in_order as is_country_changed,
        email <> lag(email) over versions_in_order as is_email_changed
    from customer_versions
    window versions_in_order as (
        partition by customer_id
        order by dbt_valid_from
    )

),

invoices_per_version as (

    select
        versions.customer_id,
        versions.version_number,
        count(*) as n_invoices
    from versions
    inner join invoices
        on
            versions.customer_id = invoices.customer_id
            and versions.valid_from <= invoices.issued_at
            and (versions.valid_to > invoices.issued_at or versions.valid_to is null)
    group by versions.customer_id, versions.version_number

),

joined as (

    select
        versions.customer_id,
        versions.version_number,
        versions.email,
        versions.country_code,
        coalesce(invoices_per_version.n_invoices, 0) as n_invoices,
        coalesce(versions.is_country_changed, false) as is_country_changed,
        coalesce(versions.is_email_changed, false) as is_email_changed,
        versions.valid_to is null as is_current,
        versions.valid_from,
        versions.valid_to
    from versions
    left join invoices_per_version
        on
            versions.customer_id = invoices_per_version.customer_id
            and versions.version_number = invoices_per_version.version_number

)

select * from joined
