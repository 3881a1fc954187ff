-- What a seller pays the shop: a commission that may change on a day.
with first_terms as (
    select
        seller__,
        seller_id,
        joined_on as valid_from,
        1000 + 50 * pick(seller__, 'commission', 17) as commission_bps,
        (joined_on + interval 10 hours)::timestamptz as agreed_at,
        0 as nth
    from sellers
),

later_terms as (
    select
        seller__,
        seller_id,
        day as valid_from,
        1000 + 50 * pick([seller__, day - start_date()], 'commission', 17) as commission_bps,
        -- Agreed some days ahead, or some days after the fact.
        (day + to_hours(11 + 24 * (pick([seller__, day - start_date()], 'agreed', 6) - 3)))::timestamptz as agreed_at,
        day - start_date() + 1 as nth
    from sellers
    cross join dates(ahead := 3)
    where draw([seller__, day - start_date()], 'new terms') < 0.03
)

select
    identifier('seller terms', seller__ * 2000 + nth) as terms_id,
    seller_id,
    commission_bps,
    valid_from,
    agreed_at as updated_at,
    agreed_at as arrives_at__,
    seller__
from (select * from first_terms union all by name select * from later_terms)
