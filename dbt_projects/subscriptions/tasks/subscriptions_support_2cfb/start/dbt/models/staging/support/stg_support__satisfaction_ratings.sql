with

source as (

    select * from {{ source('support', 'satisfaction_ratings') }}

),

renamed as (

    select
        _id as rating_id,
        ticket_id,
        comment as rating_comment,
        {{ to_utc('rated_at') }} as rated_at
    from source

)

select * from renamed
