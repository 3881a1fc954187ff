{% macro first_of_month(column) -%}
    cast(date_trunc('month', {{ column }}) as date)
{%- endmacro %}
