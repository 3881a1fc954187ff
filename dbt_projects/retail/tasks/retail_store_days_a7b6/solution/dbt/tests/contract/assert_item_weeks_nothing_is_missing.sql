select * from {{ ref('item_weeks') }}
where "item_code" is null or "category" is null or "n_shop_units" is null or "n_catalog_units" is null or "n_web_units" is null or "n_returned_units" is null or "net_cents" is null or "refunded_cents" is null or "kept_cents" is null
