{% snapshot customers_snapshot %}

    {{
        config(
            schema='snapshots',
            unique_key='customer_id',
            strategy='check',
            check_cols=['full_name', 'email', 'street', 'postal_code', 'city', 'country_code'],
            updated_at='customer_updated_at'
        )
    }}

    select * from {{ ref('stg_marketplace__customers') }}

{% endsnapshot %}
