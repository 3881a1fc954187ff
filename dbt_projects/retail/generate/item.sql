-- Items as the catalogue of head office has them, with the price that was recorded last.
with versions as (
    select
        assortment.*,
        price_changes.change__,
        price_changes.list_price,
        price_changes.unit_cost,
        price_changes.recorded_at,
        row_number() over (partition by assortment.item__ order by price_changes.recorded_at, price_changes.change__) as version
    from assortment
    inner join price_changes on assortment.item__ = price_changes.item__
)

select
    item_id__ as item_sk,
    text_identifier('item code', item__, 'AF-') as item_code,
    choose(item__, 'adjective', ['Plain', 'Folded', 'Striped', 'Little', 'Sturdy', 'Quiet', 'Amber', 'Round'])
    || ' ' || choose(item__, 'noun', ['basket', 'lamp', 'kettle', 'puzzle', 'notebook', 'ball', 'tray', 'blanket', 'stool'])
        as title,
    choose(item__, 'brand', ['Alder', 'Finch', 'Northfold', 'Tamarack', 'Copperline']) as brand,
    ['Home', 'Garden', 'Kitchen', 'Toys', 'Books', 'Sports'][nth__ % 6 + 1] as category,
    ['Home', 'Garden', 'Kitchen', 'Toys', 'Books', 'Sports'][nth__ % 6 + 1] || ' '
    || (1 + (nth__ // 6) % 2) as class,
    identifier('supplier', supplier__) as supplier_sk,
    list_price as current_price,
    unit_cost as wholesale_cost,
    case when nth__ % 13 = 5 then start_date() + 7 end as discontinued_on,
    recorded_at as updated_at,
    item__,
    version as version__,
    recorded_at as arrives_at__
from versions
