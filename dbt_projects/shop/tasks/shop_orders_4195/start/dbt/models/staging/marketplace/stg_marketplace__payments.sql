with

source as (

    select * from {{ source('marketplace', 'payments') }}

),

first_report_of_a_payment as (

    select *
    from source
    qualify
        row_number() over (
            partition by provider_reference
            order by recorded_at
        ) = 1

),

renamed as (

    select
        payment_id,
        order_id,
        provider_reference,
        method as payment_method,
        status as payment_status,
        currency,
        attempt_number,
        amount_cents,
        {{ to_utc('attempted_at') }} as attempted_at,
        {{ to_utc('recorded_at') }} as recorded_at,
        {{ to_utc('updated_at') }} as payment_updated_at
    from first_report_of_a_payment

)

select * from renamed
