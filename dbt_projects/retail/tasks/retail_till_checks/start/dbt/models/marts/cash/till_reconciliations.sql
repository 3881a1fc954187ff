{{
    config(
        materialized='incremental',
        unique_key='till_day_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

till_days as (

    select * from {{ ref('int_till_days') }}

),

changed as (

    select
        till_day_id,
        store_id,
        till_number,
        n_events,
        opened_cents,
        sales_cents,
        cash_in_cents,
        cash_out_cents,
        counted_cents,
        difference_cents,
        case
            when counted_cents is null then 'not_closed'
            when difference_cents < 0 then 'short'
            when difference_cents > 0 then 'over'
            else 'right'
        end as till_check,
        till_date,
        last_sent_at
    from till_days
    {% if is_incremental() %}
        where till_date >= (select max(known.till_date) from {{ this }} as known)
    {% endif %}

)

select * from changed
