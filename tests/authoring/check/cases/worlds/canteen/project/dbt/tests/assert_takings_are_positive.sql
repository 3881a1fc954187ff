select * from {{ ref('takings') }} where revenue_cents < 0
