{{
    config(
        materialized='incremental',
        unique_key='po_number',
        incremental_strategy='delete+insert',
        on_schema_change='fail',
        post_hook="{{ delete_vanished_rows(ref('stg_head_office__purchase_orders'), 'po_number') }}"
    )
}}

with

purchase_orders as (

    select * from {{ ref('stg_head_office__purchase_orders') }}

),

{% if is_incremental() %}

    known as (

        select * from {{ this }}

    ),

    there as (

        select
            purchase_orders.po_number,
            purchase_orders.supplier_id,
            purchase_orders.po_status as journal_status,
            case when purchase_orders.promised_on > known.first_promised_on then 1 else 0 end as n_postponements,
            purchase_orders.ordered_on,
            purchase_orders.promised_on as first_promised_on,
            purchase_orders.promised_on,
            coalesce(known.first_seen_on, {{ business_today() }}) as first_seen_on,
            cast(null as date) as deleted_on
        from purchase_orders
        left join known on purchase_orders.po_number = known.po_number

    ),

    gone as (

        select
            known.po_number,
            known.supplier_id,
            'deleted' as journal_status,
            known.n_postponements,
            known.ordered_on,
            known.first_promised_on,
            known.promised_on,
            known.first_seen_on,
            {{ business_today() }} as deleted_on
        from known
        left join purchase_orders on known.po_number = purchase_orders.po_number
        where purchase_orders.po_number is null

    ),

    together as (

        select * from there
        union all
        select * from gone

    )

{% else %}

    together as (

        select
            po_number,
            supplier_id,
            po_status as journal_status,
            0 as n_postponements,
            ordered_on,
            promised_on as first_promised_on,
            promised_on,
            {{ business_today() }} as first_seen_on,
            cast(null as date) as deleted_on
        from purchase_orders

    )

{% endif %}

select * from together
