with

source as (

    select * from {{ source('crm', 'accounts') }}

),

renamed as (

    select
        account_id,
        name as account_name,
        lower(segment) as segment,
        country_code,
        owner_id,
        {{ to_utc('created_at') }} as created_at,
        {{ to_utc('updated_at') }} as account_updated_at
    from source

)

select * from renamed
