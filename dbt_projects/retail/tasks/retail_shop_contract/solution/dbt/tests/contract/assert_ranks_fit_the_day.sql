-- Places, number of shops and shares of a day, from the rows of the day.
with

compared as (

    select
        ranks.store_id,
        ranks.business_date,
        ranks.rank_on_day,
        ranks.n_open_shops,
        ranks.share_of_day,
        ranks.net_cents / sum(others.net_cents) as share_by_rows,
        count(*) as n_rows,
        count(*) filter (where others.n_tickets > ranks.n_tickets) as n_better
    from {{ ref('store_day_ranks') }} as ranks
    inner join {{ ref('store_day_ranks') }} as others on ranks.business_date = others.business_date
    group by
        ranks.store_id, ranks.business_date, ranks.rank_on_day, ranks.n_open_shops, ranks.share_of_day, ranks.net_cents

)

select *
from compared
where rank_on_day <> n_better + 1 or n_open_shops <> n_rows or abs(share_of_day - share_by_rows) > 0.000001
