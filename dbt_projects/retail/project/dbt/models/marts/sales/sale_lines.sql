{{
    config(
        materialized='incremental',
        unique_key='sale_line_id',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        post_hook="{{ delete_vanished_rows(ref('int_sale_lines_unioned'), 'sale_line_id') }}"
    )
}}

with

lines as (

    select * from {{ ref('int_sale_lines_costed') }}

),

changed as (

    select * from lines
    {% if is_incremental() %}
        where source_updated_at >= (select max(known.source_updated_at) from {{ this }} as known)
    {% endif %}

)

select * from changed
