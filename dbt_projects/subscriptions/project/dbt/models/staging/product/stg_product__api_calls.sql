with

source as (

    select * from {{ source('product', 'api_calls') }}

),

latest_report as (

    select *
    from source
    qualify
        row_number() over (
            partition by workspace_id, hour_start
            order by cast(reported_at as timestamptz) desc
        ) = 1

),

renamed as (

    select
        workspace_id,
        {{ to_utc('hour_start') }} as hour_start,
        n_calls,
        n_errors,
        {{ to_utc('reported_at') }} as reported_at
    from latest_report

)

select * from renamed
