select * from {{ ref('inventory_cover') }}
where "cover_state" is distinct from (CASE WHEN quantity_on_hand IS NULL THEN 'never_counted' WHEN quantity_on_hand = 0 THEN 'empty' WHEN cover_days < 2 * 14 THEN 'low' ELSE 'enough' END)
