{% snapshot customers_snapshot %}

    {{
        config(
            schema='snapshots',
            unique_key='customer_id',
            strategy='timestamp',
            updated_at='customer_updated_at'
        )
    }}

    select * from {{ ref('stg_billing__customers') }}

{% endsnapshot %}
