-- The documents of the catalogue: one version for each price and each change of the text.
with changes as (
    select product__, valid_from__ as changed_at, 0 as kind from price_changes
    union all
    -- A new text; from the second version on, documents have the newer shape.
    select product__, (day + interval 14 hours)::timestamptz, 1
    from assortment
    cross join dates()
    where day > since__ and draw([product__, day - start_date()], 'text changes') < 0.02
    union all
    select product__, (day + interval 15 hours)::timestamptz, 2
    from assortment
    cross join dates()
    where day > since__ + 5 and draw([product__, day - start_date()], 'is discontinued') < 0.002
),

numbered as (
    select
        product__,
        changed_at,
        row_number() over versions as version,
        sum((kind = 1)::integer) over versions as n_texts,
        max((kind = 2)::integer) over versions as is_discontinued
    from changes
    window versions as (partition by product__ order by changed_at, kind rows unbounded preceding)
),

priced as (
    select
        numbered.product__,
        numbered.version,
        list(
            {
                'amount': price_changes.price_cents__,
                'currency': 'EUR',
                'from': strftime(price_changes.valid_from__, '%Y-%m-%dT%H:%M:%SZ')
            }
            order by price_changes.nth__
        ) as prices
    from numbered
    inner join price_changes
        on numbered.product__ = price_changes.product__ and price_changes.valid_from__ <= numbered.changed_at
    group by all
)

select
    sku__ as sku,
    sellers.seller_id,
    category_id__ as category,
    {
        'en': choose([numbered.product__, n_texts], 'adjective', ['Plain', 'Oiled', 'Folding', 'Small', 'Striped', 'Heavy', 'Light', 'Old'])
        || ' ' || choose(numbered.product__, 'noun', ['bowl', 'lamp', 'throw', 'trowel', 'fern', 'notebook', 'print', 'train', 'puzzle', 'hook', 'jar', 'box']),
        'de': 'Artikel ' || right(sku__, 6)
    } as title,
    choose(numbered.product__, 'brand', ['Nordhaven', 'Ellery', 'Pinfold', 'Kantwerk', 'Lumen & Co', 'Tarn']) as brand,
    prices,
    -- Newer documents hold the weight with its unit.
    case when n_texts = 0 then {'weight_grams': weight_grams__} end as shipping,
    case
        when n_texts > 0 and draw(numbered.product__, 'unit') < 0.5 then {'value': weight_grams__ / 1000, 'unit': 'kg'}
        when n_texts > 0 then {'value': weight_grams__::double, 'unit': 'g'}
    end as weight,
    list_filter(
        ['handmade', 'gift', 'refurbished', 'fragile'], lambda tag: draw([numbered.product__::varchar, tag], 'tag') < 0.25
    ) as tags,
    case when is_discontinued = 1 then 'discontinued' else 'active' end as status,
    1 + (n_texts > 0)::integer as schema_version,
    changed_at as updated_at,
    numbered.product__,
    numbered.version as version__,
    changed_at as arrives_at__
from numbered
inner join priced on numbered.product__ = priced.product__ and numbered.version = priced.version
inner join assortment on numbered.product__ = assortment.product__
inner join sellers on assortment.seller__ = sellers.seller__
