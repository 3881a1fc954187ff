with

source as (

    select * from {{ source('finance', 'ad_budgets') }}

),

decision_of_a_week as (

    select *
    from source
    qualify
        row_number() over (
            partition by campaign, week_start
            order by cast(decided_at as timestamptz)
        ) = 1

),

renamed as (

    select
        campaign,
        cast(cast(replace(budget_eur, ',', '.') as decimal(12, 2)) * 100 as bigint) as budget_cents,
        cast(week_start as date) as week_start,
        {{ to_utc('decided_at') }} as decided_at
    from decision_of_a_week

)

select * from renamed
