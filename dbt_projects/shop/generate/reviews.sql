-- Reviews of delivered goods: pending at first, then approved or rejected.
with reviewed as (
    select
        order_lines.order__,
        order_lines.line__,
        order_lines.sku,
        baskets.customer_id__,
        [order_lines.order__, order_lines.line__] as key,
        orders.reached_at__ + to_seconds(20000 + pick(key, 'until reviewed', 500000)) as submitted_at,
        1 + pick_weighted(key, 'rating', [0, 1, 2, 3, 4], [6, 6, 12, 30, 46]) as rating
    from order_lines
    inner join orders on order_lines.order__ = orders.order__ and orders.version__ = 1
    inner join baskets on order_lines.order__ = baskets.order__
    where orders.reached_at__ is not null and draw([order_lines.order__, order_lines.line__], 'is reviewed') < 0.3
),

steps as (
    select *, 1 as version, 'pending' as status, submitted_at as changed_at from reviewed
    union all
    select *, 2, case when draw(key, 'is approved') < 0.9 then 'approved' else 'rejected' end,
        submitted_at + to_seconds(4000 + pick(key, 'until moderated', 130000))
    from reviewed
)

select
    left(md5(concat_ws('|', seed(), 'review', order__, line__)), 24) as review_id,
    sku,
    customer_id__ as customer_id,
    rating,
    choose(key, 'text', ['As described.', 'Lovely piece.', 'Smaller than I thought.', 'Came broken.', 'Would buy again.', 'Fine for the price.'])
        as body,
    list_filter(['front.jpg', 'back.jpg', 'box.jpg'], lambda photo: draw([order__::varchar, line__::varchar, photo], 'photo') < 0.2) as photos,
    {'status': status, 'moderated_at': case when version = 2 then strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ') end} as moderation,
    submitted_at,
    changed_at as updated_at,
    version as version__,
    changed_at as arrives_at__
from steps
