{% macro to_utc(column) -%}
    cast({{ column }} as timestamptz) at time zone 'UTC'
{%- endmacro %}
