-- Every product, and what of it never changes. For the generator only.
with everything as (
    select
        number as product,
        number // 150 as copy,
        start_date() - 20 - pick(number, 'since', 400) as since,
        -1 as day_index
    from entities(150)
    union all by name
    select
        1000000 + ((day - start_date()) * 1000 + number // 2) * 2 + number % 2 as product,
        number // 2 as copy,
        day as since,
        day - start_date() as day_index
    from dates()
    cross join entities(2)
)

select
    product as product__,
    copy as copy__,
    since as since__,
    day_index as day_index__,
    'HB' || identifier('product', product) as sku__,
    copy * 24 + pick(product, 'seller', 24) as seller__,
    pick_weighted(
        product,
        'category',
        ['home.kitchen', 'home.light', 'home.textiles', 'garden.tools', 'garden.plants', 'paper.notebooks', 'paper.prints', 'play.wooden', 'play.puzzles'],
        [5, 3, 3, 3, 2, 4, 4, 3, 2]
    ) as category_id__,
    greatest(290, round(lognormal(product, 'price', 2900, 0.7) / 50)::bigint * 50 - 10) as first_price_cents__,
    greatest(40, round(lognormal(product, 'weight', 700, 0.8))::bigint) as weight_grams__,
    choose(product, 'home warehouse', ['LEJ', 'RTM', 'LBA']) as warehouse_code__
from everything
