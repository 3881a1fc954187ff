-- Orders to suppliers: when they are placed, put off or cancelled. For the generator only.
with days as (
    select day from dates()
    union all
    select unnest(generate_series(start_date() - 20, start_date() - 1, interval 1 day))::date
),

placed as (
    select
        supplier.*,
        day,
        day - start_date() as day_index,
        supplier__ * 10000 + (day - start_date()) + 20 as po,
        (day + interval 14 hours)::timestamptz + to_seconds(pick(po, 'when', 20000)) as placed_at
    from supplier
    cross join days
    where (day - start_date() + 60 + supplier__) % 2 = 0 and isodow(day) < 7
)

select
    po as po__,
    supplier__,
    copy__,
    supplier_sk as supplier_sk__,
    identifier('purchase order', po) as po_number__,
    copy__ * 2 + pick(po, 'warehouse', 2) as warehouse__,
    day as day__,
    day + lead_days as promised_on__,
    placed_at as placed_at__,
    draw(po, 'is cancelled') < 0.1 or (lead_days = 3 and day_index = 10) or (supplier__ % 6 = 1 and day_index = 9)
        as is_cancelled__,
    draw(po, 'is put off') < 0.25 or day_index in (12, 13) as is_put_off__,
    draw(po, 'is put off again') < 0.4 or day_index = 13 or (day_index = 12 and supplier__ % 4 = 0) as is_put_off_again__,
    1 + pick(po, 'lines', 3) as n_lines__,
    promised_on__ + 2 + pick(po, 'put off by', 3) as put_off_to__,
    promised_on__ + case when is_put_off__ then 2 + pick(po, 'by', 3) else 0 end
    + case when is_put_off__ and is_put_off_again__ then 2 else 0 end as due_on__
from placed
