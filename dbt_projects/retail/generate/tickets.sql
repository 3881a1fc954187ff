-- What is rung up in the shops: when, by whom, at which till. For the generator only.
with slots as (
    select
        shops.*,
        day,
        day - start_date() as day_index,
        slot,
        shops.store__ * 100000 + (day - start_date()) * 100 + slot as ticket,
        -- The same customer twice on one day, for the same thing.
        slot >= 5 and (day - start_date() + shops.store__) % 3 = 0 as is_pair
    from shops
    cross join dates()
    cross join unnest(range(7)) as listed (slot)
    where day >= opened_on__ and (closed_on__ is null or day <= closed_on__)
),

timed as (
    select
        *,
        case
            when slot = 4 then 1200 + pick(ticket, 'evening', 60)
            when is_pair then 600 + 90 * (slot - 5) + pick(ticket, 'minute', 80)
            else 540 + pick(ticket, 'minute', 660)
        end as minute,
        case
            when is_pair then copy__ * 120 + floor(118 * pow(draw([store__, day_index], 'pair'), 3))::bigint
            when draw(ticket, 'is known') < 0.55 then copy__ * 120 + floor(118 * pow(draw(ticket, 'who'), 4))::bigint
        end as person
    from slots
    -- On one day a shop in Tucson sells nothing: no power.
    where (is_pair or slot = 4 or draw(ticket, 'is there') < 0.85) and not (store__ % 8 = 6 and day_index = 8)
)

select
    ticket as ticket__,
    identifier('document', ticket) as ticket_number__,
    store__,
    copy__,
    store_id__,
    time_zone__,
    tax_bps__,
    day as day__,
    day_index as day_index__,
    slot as slot__,
    is_pair as is_pair__,
    minute as minute__,
    person as person__,
    1 + pick(ticket, 'till', 2) as till_number__,
    case when is_pair and slot = 6 then 2 else pick_weighted(ticket, 'lines', [1, 2, 3], [50, 33, 17]) end as n_lines__,
    pick_weighted(ticket, 'tender', ['cash', 'card', 'voucher'], [40, 50, 10]) as tender__,
    timezone(time_zone__, day::timestamp + to_minutes(minute)) as sold_at__,
    sold_at__ + interval 90 seconds
    + case when slot = 3 and (store__ + day_index) % 6 = 0 then interval 26 hours else interval 0 hours end as posted_at__
from timed
