with

source as (

    select * from {{ source('finance', 'mrr_targets') }}

),

latest_target as (

    select *
    from source
    qualify
        row_number() over (
            partition by target_month, segment
            order by published_at desc
        ) = 1

),

renamed as (

    select
        segment,
        new_mrr_eur,
        expansion_mrr_eur,
        lost_mrr_eur,
        cast(target_month || '-01' as date) as target_month,
        {{ to_utc('published_at') }} as published_at
    from latest_target

)

select * from renamed
