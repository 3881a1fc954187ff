{% macro capitalise(column) -%}
    upper(left({{ column }}, 1)) || lower(substring({{ column }}, 2))
{%- endmacro %}
