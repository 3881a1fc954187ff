{% macro without_vat(cents, rate_bps) -%}
    cast({{ divide_half_up(cents ~ ' * 10000', '(10000 + ' ~ rate_bps ~ ')') }} as bigint)
{%- endmacro %}
