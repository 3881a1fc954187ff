{% macro generate_schema_name(name, node) %}{{ name or 'main' }}{% endmacro %}
