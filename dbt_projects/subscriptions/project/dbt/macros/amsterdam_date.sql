{% macro amsterdam_date(column) -%}
    cast({{ column }} at time zone 'UTC' at time zone 'Europe/Amsterdam' as date)
{%- endmacro %}
