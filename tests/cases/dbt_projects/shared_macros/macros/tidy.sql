{% macro tidy(column) %}lower(trim({{ column }})){% endmacro %}
