{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none or target.name != 'prod' -%}
        {{ target.schema }}
    {%- else -%}
        {{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
