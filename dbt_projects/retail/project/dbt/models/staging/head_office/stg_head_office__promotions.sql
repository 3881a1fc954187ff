with

source as (

    select * from {{ source('head_office', 'promotion') }}

),

renamed as (

    select
        promo_sk as promotion_id,
        upper(promo_code) as promotion_code,
        promo_name as promotion_name,
        item_sk as item_id,
        start_date_sk as start_date_id,
        end_date_sk as end_date_id,
        in_shops as is_in_shops,
        in_catalog as is_in_catalog,
        on_web as is_on_web,
        discount_pct,
        {{ cents('cost') }} as cost_cents
    from source

)

select * from renamed
