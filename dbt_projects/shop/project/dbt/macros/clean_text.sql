{% macro clean_text(column) -%}
    nullif(nullif(trim({{ column }}), ''), 'n/a')
{%- endmacro %}
