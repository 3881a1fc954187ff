select * from {{ ref('products') }}
where "n_price_changes" < 0 or "n_reviews" < 0 or "n_units_sold" < 0 or "n_units_returned" < 0
