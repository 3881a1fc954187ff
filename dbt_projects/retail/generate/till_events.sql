-- Everything that a till writes down but for its opening and closing. For the generator only.
with voided as (
    select * from store_sales where version__ = 2
)

select
    'S' || ticket__ as event__,
    store__,
    till_number__,
    'sale' as kind__,
    any_value(tender__) as tender__,
    sum(net_cents__ + tax_cents__)::bigint as amount_cents__,
    ticket_number as ticket_number__,
    any_value(sold_at__) as occurred_at__
from store_sales
where version__ = 1
group by ticket__, store__, till_number__, ticket_number
union all
select
    'V' || ticket__ || '-' || line__,
    store__,
    till_number__,
    'void',
    tender__,
    net_cents__ + tax_cents__,
    ticket_number,
    arrives_at__ - interval 20 seconds
from voided
union all
select
    'R' || return__,
    store__,
    1,
    'refund',
    tender__,
    refund_cents__,
    ticket_number,
    returned_at__
from store_returns
