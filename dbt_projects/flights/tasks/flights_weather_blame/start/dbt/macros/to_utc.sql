{% macro to_utc(local_time, time_zone) -%}
    {{ local_time }} + ({{ pinned_now() }} - {{ pinned_now() }} at time zone 'UTC' at time zone {{ time_zone }})
{%- endmacro %}
