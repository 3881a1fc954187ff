{{
    config(
        materialized='incremental',
        unique_key='sale_line_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail'
    )
}}

with

lines as (

    select * from {{ ref('int_sale_lines_costed') }}

),

changed as (

    select * from lines
    {% if is_incremental() %}
        where sold_on >= (select max(known.sold_on) from {{ this }} as known)
    {% endif %}

)

select * from changed
