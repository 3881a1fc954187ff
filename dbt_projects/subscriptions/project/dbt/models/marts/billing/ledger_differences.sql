with

invoices as (

    select * from {{ ref('invoices') }}

),

entries as (

    select * from {{ ref('stg_app__ledger_entries') }}

),

ledger_accounts as (

    select * from {{ ref('stg_finance__ledger_accounts') }}

),

booked as (

    select
        entries.invoice_number,
        count(*) as n_entries,
        cast(sum(entries.amount_cents) as bigint) as booked_cents,
        max(entries.booked_on) as last_booked_on
    from entries
    inner join ledger_accounts on entries.ledger_account = ledger_accounts.ledger_account
    where ledger_accounts.account_kind = 'revenue'
    group by entries.invoice_number

),

compared as (

    select
        invoices.invoice_id,
        invoices.invoice_number,
        invoices.customer_id,
        invoices.currency,
        invoices.invoice_status,
        case when invoices.invoice_status = 'void' then 0 else invoices.total_cents end as billed_cents,
        coalesce(booked.n_entries, 0) as n_entries,
        coalesce(booked.booked_cents, 0) as booked_cents,
        invoices.issued_on,
        booked.last_booked_on
    from invoices
    left join booked on invoices.invoice_number = booked.invoice_number
    where invoices.invoice_status <> 'draft'

),

with_check as (

    select
        *,
        booked_cents - billed_cents as difference_cents,
        case
            when issued_on = cast({{ pinned_now() }} as date) then 'not_yet'
            when n_entries = 0 then 'missing'
            when booked_cents = billed_cents then 'right'
            else 'wrong'
        end as ledger_check
    from compared

)

select * from with_check
