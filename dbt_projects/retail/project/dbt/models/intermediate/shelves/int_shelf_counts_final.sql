with

counts as (

    select * from {{ ref('stg_shops__shelf_counts') }}

),

stores as (

    select * from {{ ref('stg_shops__stores') }}

),

dated as (

    select
        counts.count_id,
        counts.store_id,
        counts.item_id,
        counts.expected_quantity,
        counts.counted_quantity,
        {{ local_date('counts.counted_at', 'stores.time_zone') }} as counted_on,
        counts.counted_at
    from counts
    inner join stores on counts.store_id = stores.store_id

),

last_count_of_a_day as (

    select *
    from dated
    qualify
        row_number() over (
            partition by store_id, item_id, counted_on
            order by counted_at desc
        ) = 1

)

select * from last_count_of_a_day
