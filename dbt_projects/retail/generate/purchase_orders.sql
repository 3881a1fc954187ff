-- Purchase orders; a cancelled one is deleted three days later.
with steps as (
    select *, 1 as version, 'open' as status, promised_on__ as promised_on, placed_at__ as changed_at from orders_placed
    union all
    select *, 2, 'open', put_off_to__, placed_at__ + interval 47 hours from orders_placed where is_put_off__
    union all
    select *, 3, 'cancelled', case when is_put_off__ then put_off_to__ else promised_on__ end, placed_at__ + interval 55 hours
    from orders_placed
    where is_cancelled__
    union all
    select *, 3, 'open', due_on__, placed_at__ + interval 71 hours
    from orders_placed
    where is_put_off__ and is_put_off_again__ and not is_cancelled__
    union all
    select *, 4, 'closed', due_on__, (due_on__ + 5)::timestamptz + interval 15 hours from orders_placed where not is_cancelled__
)

select
    po_number__ as po_number,
    supplier_sk__ as supplier_sk,
    warehouse.warehouse_sk,
    status,
    day__ as ordered_on,
    promised_on,
    changed_at as updated_at,
    po__,
    version as version__,
    changed_at as arrives_at__,
    case when is_cancelled__ then placed_at__ + interval 127 hours end as deleted_at__
from steps
inner join warehouse on steps.warehouse__ = warehouse.warehouse__
