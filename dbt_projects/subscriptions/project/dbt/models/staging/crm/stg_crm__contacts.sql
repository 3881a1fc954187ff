with

source as (

    select * from {{ source('crm', 'contacts') }}

),

renamed as (

    select
        contact_id,
        account_id,
        full_name,
        email,
        role,
        is_opted_out,
        {{ to_utc('updated_at') }} as contact_updated_at
    from source

)

select * from renamed
