{% macro divide_half_up(numerator, denominator) -%}
    (2 * cast({{ numerator }} as hugeint) + {{ denominator }}) // (2 * {{ denominator }})
{%- endmacro %}
