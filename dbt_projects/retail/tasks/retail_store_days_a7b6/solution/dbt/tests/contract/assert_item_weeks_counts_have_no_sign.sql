select * from {{ ref('item_weeks') }}
where "n_shop_units" < 0 or "n_catalog_units" < 0 or "n_web_units" < 0 or "n_returned_units" < 0
