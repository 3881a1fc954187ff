{% macro weight_in_grams(column) -%}
    cast(
        round(
            cast(split_part({{ column }}, ' ', 1) as double)
            * case split_part({{ column }}, ' ', 2) when 'kg' then 1000 else 1 end
        ) as bigint
    )
{%- endmacro %}
