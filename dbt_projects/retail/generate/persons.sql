-- Everybody who buys, and what each likes best. For the generator only.
select
    number as person__,
    number // 120 as copy__,
    identifier('customer', number) as customer_id__,
    (number // 120) * 40 + pick(number, 'favourite', 20) as favourite__,
    draw(number, 'changes') < 0.5 as changes__,
    draw(number, 'moves') < 0.7 as moves__,
    -- One who never buys has an account all the same.
    case when number % 120 = 118 or (number % 120 < 118 and draw(number, 'has an account') < 0.65) then identifier('loyalty account', number) end as account_id__
from entities(120)
