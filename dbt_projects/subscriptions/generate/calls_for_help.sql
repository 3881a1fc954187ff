-- Tickets and how they go. For the generator only. Twelve a day from ten days before the history on.
with days as (
    select unnest(range(-10, 0)) as day_index
    union all
    select day - start_date() from dates()
),

slots as (
    select
        (day_index + 100) * 1000 + number as ticket__,
        number // 11 as copy__,
        start_date() + day_index::integer as day__,
        day_index
    from days
    cross join entities(11)
),

present as (
    select
        slots.*,
        firm
    from slots
    cross join lateral (
        select case when draw(ticket__, 'is new') < 0.15 and day_index > 2
            then 1000000 + ((day_index - 1 - pick(ticket__, 'new since', 2)) * 1000 + copy__) * 2 + pick(ticket__, 'which new', 2)
            else copy__ * 110 + floor(110 * pow(draw(ticket__, 'firm'), 1.7))::bigint end as firm
    )
)

select
    ticket__,
    day__,
    subs.sub__,
    subs.workspace_id__,
    -- Some come late at night, when it is tomorrow in Amsterdam.
    (day__ + to_seconds(case when ticket__ % 9 = 2 then 79800 + pick(ticket__, 'night', 5000) else 21000 + pick(ticket__, 'second', 55000) end))::timestamptz
        as opened_at__,
    pick_weighted(ticket__, 'channel', ['email', 'chat', 'phone'], [5, 4, 2]) as channel__,
    pick_weighted(ticket__, 'messages', [0, 1, 2, 3, 5], [2, 3, 4, 3, 1]) as n_answers__,
    pick_weighted(ticket__, 'priority', ['low', 'normal', 'high', 'urgent'], [2, 5, 3, 1]) as priority__,
    -- Some answers come in the last minute of what was promised.
    case
        when ticket__ % 6 = 1 then case priority__ when 'urgent' then 120 when 'high' then 480 else 1440 end
        else 1 + pick(ticket__, 'first answer', 1500)
    end * 60 as first_seconds__,
    draw(ticket__, 'is solved') < 0.75 as is_solved__,
    'tk' || left(md5(concat_ws('|', seed(), 'ticket', ticket__)), 14) as ticket_id__
from present
inner join subs on present.firm * 2 = subs.sub__
