with

returns as (

    select * from {{ ref('int_returns_unioned') }}

),

lines as (

    select * from {{ ref('int_sale_lines_unioned') }}

),

by_receipt as (

    select
        returns.return_key,
        'receipt' as match_kind,
        lines.sale_line_id,
        lines.item_id,
        lines.customer_id,
        lines.sold_on
    from returns
    inner join lines
        on
            returns.channel = lines.channel
            and returns.document_number = lines.document_number
            and returns.line_number = lines.line_number

),

-- Without a receipt: what the holder of the card bought last.
by_card as (

    select
        returns.return_key,
        'card' as match_kind,
        lines.sale_line_id,
        lines.item_id,
        lines.customer_id,
        lines.sold_on
    from returns
    inner join lines
        on
            returns.customer_id = lines.customer_id
            and returns.item_id = lines.item_id
            and returns.returned_on >= lines.sold_on
    where
        lines.channel = 'shop'
        and returns.document_number is null
    qualify
        row_number() over (
            partition by returns.return_key
            order by lines.sold_on desc, lines.document_number desc, lines.line_number desc
        ) = 1

),

matches as (

    select * from by_receipt
    union all
    select * from by_card

),

matched as (

    select
        returns.return_key,
        returns.channel,
        matches.sale_line_id,
        coalesce(matches.match_kind, 'none') as match_kind,
        coalesce(matches.item_id, returns.item_id) as item_id,
        matches.customer_id,
        returns.store_id,
        returns.reason_id,
        returns.return_quantity,
        returns.returned_on - matches.sold_on as days_kept,
        returns.returned_on,
        coalesce(matches.sold_on, returns.returned_on) as counted_on
    from returns
    left join matches on returns.return_key = matches.return_key

)

select * from matched
