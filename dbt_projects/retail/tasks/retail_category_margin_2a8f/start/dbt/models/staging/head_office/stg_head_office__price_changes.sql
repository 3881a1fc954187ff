with

source as (

    select * from {{ source('head_office', 'price_changes') }}

),

last_record_of_a_change as (

    select *
    from source
    qualify
        row_number() over (
            partition by item_sk, valid_from
            order by recorded_at asc
        ) = 1

),

renamed as (

    select
        change_id,
        item_sk as item_id,
        {{ cents('list_price') }} as list_price_cents,
        {{ cents('unit_cost') }} as unit_cost_cents,
        valid_from,
        {{ to_utc('recorded_at') }} as recorded_at
    from last_record_of_a_change

)

select * from renamed
