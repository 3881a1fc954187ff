{% macro amount_in_cents(column) -%}
    cast(
        round(
            cast(split_part({{ column }}, ' ', 1) as double)
            * case split_part({{ column }}, ' ', 2) when 'kEUR' then 100000 else 100 end
        ) as bigint
    )
{%- endmacro %}
