{% macro to_euro_cents(cents, units_per_10000_eur) -%}
    {{ divide_rounded(cents ~ ' * 10000', units_per_10000_eur) }}
{%- endmacro %}
