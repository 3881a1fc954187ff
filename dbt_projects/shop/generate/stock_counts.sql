-- People who count a shelf in the early morning, before anything moves. They are right most of the time.
with counts as (
    select
        product__,
        sku__,
        -- A shelf that should not have the product at all.
        case
            when draw([product__, day - start_date()], 'is elsewhere') < 0.06
                then list_filter(['LEJ', 'RTM', 'LBA'], lambda code: code <> warehouse_code__)[1]
            else warehouse_code__
        end as warehouse_code__,
        day,
        [product__, day - start_date()] as key,
        (day + interval 3 hours)::timestamptz as counted_at
    from assortment
    cross join dates()
    where day > greatest(since__ + 1, start_date()) + 1 and draw([product__, day - start_date()], 'is counted') < 0.09
),

balances as (
    select
        counts.product__,
        counts.day,
        sum(
            case when stock_movements.kind in ('opening', 'receipt', 'return', 'transfer_in', 'found') then stock_movements.quantity
                else -stock_movements.quantity end
        )::bigint as balance
    from counts
    left join stock_movements
        on counts.product__ = stock_movements.product__
        and counts.warehouse_code__ = stock_movements.warehouse_code
        and stock_movements.moved_at < counts.counted_at
    group by counts.product__, counts.day
)

select
    identifier('stock count', key[1] * 400 + key[2]) as count_id,
    warehouse_code__ as warehouse_code,
    sku__ as sku,
    greatest(1, coalesce(balance, 0) + case when draw(key, 'is off') < 0.15 then wobble(key, 'off by', 3) else 0 end)::bigint as counted_quantity,
    counted_at,
    counted_at + interval 2 hours as updated_at
from counts
inner join balances on counts.product__ = balances.product__ and counts.day = balances.day
