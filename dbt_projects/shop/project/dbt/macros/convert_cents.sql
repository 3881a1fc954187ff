{% macro convert_cents(cents, from_rate, to_rate) -%}
    cast({{ divide_half_up(cents ~ ' * cast(' ~ to_rate ~ ' as hugeint)', from_rate) }} as bigint)
{%- endmacro %}
