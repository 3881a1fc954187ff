{% macro berlin_date(column) -%}
    cast({{ column }} at time zone 'UTC' at time zone 'Europe/Berlin' as date)
{%- endmacro %}
