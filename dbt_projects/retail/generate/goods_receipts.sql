-- What arrives: all at once, in two parts, too little, too much, or nothing; on the promised day, before it, or late.
with drawn as (
    select
        *,
        [po__, line__] as key,
        pick_weighted([po__, line__], 'fate', ['whole', 'parts', 'short', 'over', 'none'], [44, 24, 14, 10, 8]) as fate,
        choose([po__, line__], 'shift', [-1, 0, 0, 0, 1, 3]) as shift
    from purchase_order_lines
    where not is_cancelled__
),

parts as (
    select
        *,
        0 as part,
        case fate
            when 'whole' then quantity_ordered
            when 'parts' then quantity_ordered // 2
            when 'short' then quantity_ordered * 6 // 10
            else quantity_ordered + 5
        end as quantity,
        due_on__ + shift as day
    from drawn
    where fate <> 'none'
    union all
    select *, 1, quantity_ordered - quantity_ordered // 2, due_on__ + shift + choose(key, 'second', [0, 1, 2])
    from drawn
    where fate = 'parts'
),

timed as (
    select
        parts.*,
        warehouse.warehouse_sk,
        -- Lorries come until eleven in the evening.
        timezone(
            warehouse.time_zone,
            day::timestamp + to_minutes(
                case when draw([po__, line__, part], 'late in the evening') < 0.35 then 1230 else 420 end
                -- What came with one lorry came at one time, and lorries have a place each quarter of an hour.
                + 15 * pick([po__, part], 'slot', 9) + 10 * part
            )
        ) as received_at
    from parts
    inner join warehouse on parts.warehouse__ = warehouse.warehouse__
)

select
    identifier('goods receipt', po__ * 8 + line__ * 2 + part) as receipt_id,
    po_number,
    line_number,
    warehouse_sk,
    quantity as quantity_received,
    case when draw([po__, line__, part], 'is rejected') < 0.15 then 1 + pick([po__, line__, part], 'rejected', 5) else 0 end
        as quantity_rejected,
    received_at,
    received_at + interval 8 minutes as recorded_at
from timed
