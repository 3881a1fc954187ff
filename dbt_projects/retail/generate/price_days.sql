-- What an item costs on each day of the history, corrections included. For the generator only.
select
    price_changes.item__,
    day as day__,
    max_by(price_changes.price_cents__, (price_changes.valid_from - date '2000-01-01') * 10 + price_changes.change__) as price_cents__
from dates()
inner join price_changes on price_changes.valid_from <= day
group by price_changes.item__, day
