{% snapshot planes_snapshot %}

    {{
        config(
            schema='snapshots',
            unique_key='tail_number',
            strategy='timestamp',
            updated_at='effective_at'
        )
    }}

    select
        *,
        cast(effective_date as timestamp) as effective_at
    from {{ ref('stg_reference__planes') }}

{% endsnapshot %}
