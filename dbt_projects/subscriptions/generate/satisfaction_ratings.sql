-- What customers say afterwards; some say it twice. For solved tickets only.
with rated as (
    select
        tickets.ticket__,
        tickets.ticket_id,
        tickets.solved_at,
        unnest(range(1 + (draw(tickets.ticket__, 'says it twice') < 0.25)::integer)) as nth
    from tickets
    where tickets.version__ = 2 and draw(tickets.ticket__, 'is rated') < 0.6
)

select
    'rt' || left(md5(concat_ws('|', seed(), 'rating', ticket__, nth)), 16) as rating_id,
    ticket_id,
    1 + pick_weighted([ticket__, nth], 'stars', [0, 1, 2, 3, 4], [2, 1, 2, 4, 6]) as stars,
    case when draw([ticket__, nth], 'has a comment') < 0.4 then choose([ticket__, nth], 'comment', ['Quick.', 'Took long.', 'Kind.', 'Not solved.']) end
        as comment,
    solved_at + to_seconds(600 + nth * 30000 + pick(ticket__, 'until rated', 20000)) as rated_at,
    ticket__
from rated
