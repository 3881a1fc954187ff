{% macro parse_local_time(column) -%}
    try_strptime(
        regexp_replace(trim({{ column }}), '([ T])24(:?00)$', '\100\2'),
        ['%Y-%m-%d %H:%M', '%m/%d/%Y %I:%M %p', '%Y%m%dT%H%M']
    ) + to_days(cast(regexp_matches(trim({{ column }}), '[ T]24:?00$') as integer))
{%- endmacro %}
