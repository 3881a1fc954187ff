with

customer_versions as (

    select * from {{ ref('customers_snapshot') }}

),

addresses as (

    select * from {{ ref('stg_head_office__customer_addresses') }}

),

lines as (

    select * from {{ ref('sale_lines') }}

),

versions as (

    select
        customer_id,
        address_id,
        takes_newsletter,
        dbt_valid_from as valid_from,
        dbt_valid_to as valid_to,
        {{ local_date('dbt_valid_from', "'America/New_York'") }} as first_day,
        {{ local_date('dbt_valid_to', "'America/New_York'") }} as next_first_day,
        row_number() over versions_in_order as version_number,
        address_id <> lag(address_id) over versions_in_order as is_moved
    from customer_versions
    window versions_in_order as (
        partition by customer_id
        order by dbt_valid_from
    )

),

bought as (

    select
        versions.customer_id,
        versions.version_number,
        cast(sum(lines.net_cents) as bigint) as net_cents
    from versions
    inner join lines
        on
            versions.customer_id = lines.customer_id
            and versions.first_day <= lines.sold_on
            and (versions.next_first_day > lines.sold_on or versions.next_first_day is null)
    group by versions.customer_id, versions.version_number

),

joined as (

    select
        versions.customer_id,
        versions.version_number,
        addresses.city,
        addresses.state,
        coalesce(bought.net_cents, 0) as net_cents,
        versions.takes_newsletter,
        coalesce(versions.is_moved, false) as is_moved,
        versions.valid_to is null as is_current,
        versions.valid_from,
        versions.valid_to
    from versions
    inner join addresses on versions.address_id = addresses.address_id
    left join bought
        on
            versions.customer_id = bought.customer_id
            and versions.version_number = bought.version_number

)

select * from joined
