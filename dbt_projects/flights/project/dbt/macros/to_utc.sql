{% macro to_utc(local_time, time_zone) -%}
    {{ local_time }} at time zone {{ time_zone }} at time zone 'UTC'
{%- endmacro %}
