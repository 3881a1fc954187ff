with

source as (

    select * from {{ source('provider', 'risk_checks') }}

),

latest_check_of_an_attempt as (

    select *
    from source
    qualify
        row_number() over (
            partition by provider_reference
            order by checked_at desc, recorded_at asc
        ) = 1

),

renamed as (

    select
        check_id,
        provider_reference,
        card_fingerprint,
        upper(ip_country) as ip_country,
        points as risk_points,
        {{ to_utc('checked_at') }} as checked_at
    from latest_check_of_an_attempt

)

select * from renamed
