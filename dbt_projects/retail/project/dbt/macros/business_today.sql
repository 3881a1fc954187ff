{% macro business_today() -%}
    {{ local_date(pinned_now(), "'America/New_York'") }}
{%- endmacro %}
