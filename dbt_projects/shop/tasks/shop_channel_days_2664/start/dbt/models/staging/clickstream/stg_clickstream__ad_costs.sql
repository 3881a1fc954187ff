with

source as (

    select * from {{ source('clickstream', 'ad_costs') }}

),

latest_report as (

    select *
    from source
    qualify
        row_number() over (
            partition by cost_date, channel, campaign
            order by cast(reported_at as timestamptz) desc
        ) = 1

),

renamed as (

    select
        channel,
        campaign,
        currency,
        cast(n_clicks as bigint) as n_clicks,
        cast(cost_date as date) as cost_date,
        {{ to_utc('reported_at') }} as reported_at
    from latest_report

)

select * from renamed
