-- What is sold: 40 items from six suppliers. For the generator only.
select
    number as item__,
    number // 40 as copy__,
    number % 40 as nth__,
    identifier('item', number) as item_id__,
    (number // 40) * 6 + least(5, (number % 40) // 7) as supplier__,
    500 + pick(number, 'price', 7500) as base_price_cents__,
    40 + pick(number, 'cost', 25) as cost_pct__
from entities(40)
