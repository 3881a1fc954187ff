with

source as (

    select * from {{ source('marketplace', 'stock_movements') }}

),

movements_sent_once as (

    select *
    from source
    qualify
        row_number() over (
            partition by regexp_replace(movement_id, '-2$', '')
            order by recorded_at
        ) = 1

),

renamed as (

    select
        regexp_replace(movement_id, '-2$', '') as movement_id,
        warehouse_code,
        sku,
        kind as movement_kind,
        reference,
        quantity,
        {{ to_utc('moved_at') }} as moved_at,
        {{ to_utc('recorded_at') }} as recorded_at
    from movements_sent_once

)

select * from renamed
