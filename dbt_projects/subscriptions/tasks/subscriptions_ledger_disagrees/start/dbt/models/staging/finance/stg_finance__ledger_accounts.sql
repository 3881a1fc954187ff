with

source as (

    select * from {{ source('finance', 'ledger_accounts') }}

),

latest_list as (

    select *
    from source
    qualify
        row_number() over (
            partition by ledger_account
            order by _source_file
        ) = 1

),

renamed as (

    select
        ledger_account,
        name as account_name,
        kind as account_kind
    from latest_list

)

select * from renamed
