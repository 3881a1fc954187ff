{% macro pinned_now() -%}
    cast(cast('{{ env_var("PINNED_NOW") }}' as timestamptz) at time zone 'UTC' as timestamp)
{%- endmacro %}
