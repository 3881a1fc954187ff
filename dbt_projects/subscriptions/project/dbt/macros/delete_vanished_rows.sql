{% macro delete_vanished_rows(upstream, key) -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} not in (select upstream.{{ key }} from {{ upstream }} as upstream)
    {%- else -%}
        select 1
    {%- endif %}
{%- endmacro %}
