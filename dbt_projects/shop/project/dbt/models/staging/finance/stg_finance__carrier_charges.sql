with

source as (

    select * from {{ source('finance', 'carrier_charges') }}

),

-- A file may be delivered again under another name.
one_row_per_line as (

    select *
    from source
    qualify
        row_number() over (
            partition by line_id
            order by _source_file
        ) = 1

),

renamed as (

    select
        line_id,
        shipment_id,
        kind as charge_kind,
        cast(cast(replace(amount_eur, ',', '.') as decimal(12, 2)) * 100 as bigint) as amount_cents,
        cast(billed_on as date) as billed_on
    from one_row_per_line

)

select * from renamed
