with

source as (

    select * from {{ source('crm', 'stage_changes') }}

),

renamed as (

    select
        change_id,
        opportunity_id,
        nullif(from_stage, '') as from_stage,
        to_stage,
        {{ to_utc('changed_at') }} as changed_at
    from source

)

select * from renamed
