with

purchase_orders as (

    select * from {{ ref('stg_head_office__purchase_orders') }}

),

journal as (

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

select * from journal
