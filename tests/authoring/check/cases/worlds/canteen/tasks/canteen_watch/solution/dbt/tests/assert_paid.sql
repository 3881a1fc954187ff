select * from {{ ref('best_sellers') }} where revenue_cents < 0
