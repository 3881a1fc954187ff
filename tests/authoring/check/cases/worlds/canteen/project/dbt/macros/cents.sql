{% macro cents(price) %}round({{ price }} * 100){% endmacro %}
