{% macro local_date(column, zone) -%}
    cast({{ column }} at time zone 'UTC' at time zone {{ zone }} as date)
{%- endmacro %}
