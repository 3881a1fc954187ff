{% macro divide_rounded(numerator, denominator) -%}
    cast(round({{ numerator }} / {{ denominator }}) as bigint)
{%- endmacro %}
