with

promotions as (

    select * from {{ ref('stg_head_office__promotions') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

dated as (

    select
        promotions.promotion_id,
        promotions.promotion_code,
        promotions.item_id,
        promotions.is_in_shops,
        promotions.is_in_catalog,
        promotions.is_on_web,
        promotions.cost_cents,
        first_days.calendar_date as starts_on,
        last_days.calendar_date as ends_on
    from promotions
    inner join dates as first_days on promotions.start_date_id = first_days.date_id
    inner join dates as last_days on promotions.end_date_id = last_days.date_id

)

select * from dated
