{% macro clean_tail_number(column) -%}
    nullif(nullif(upper(trim({{ column }})), ''), 'UNKNOWN')
{%- endmacro %}
