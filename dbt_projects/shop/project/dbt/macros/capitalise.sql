{% macro capitalise(column) -%}
    upper(left(trim({{ column }}), 1)) || lower(substring(trim({{ column }}), 2))
{%- endmacro %}
