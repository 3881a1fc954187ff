select * from {{ ref('support_load') }}
where "mean_rating" is distinct from (sum_of_ratings / nullif(n_rated_tickets, 0))
