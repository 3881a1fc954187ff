-- Subscriptions: one a firm, a second one for some. For the generator only.
with numbered as (
    -- Some sign up and never begin.
    select firms.*, firm__ * 2 as sub__, 0 as nth from firms where place__ % 15 <> 4
    union all
    select firms.*, firm__ * 2 + 1, 1 from firms where place__ % 6 = 2
),

begun as (
    select
        *,
        created_at__
        + to_seconds(case when nth = 0 then 600 else (20 + pick(sub__, 'second one', 60)) * 86400 + 7200 end)
            as begins_at
    from numbered
)

select
    firm__,
    sub__,
    place__ + nth * 7 as place__,
    customer_id__,
    account_id__,
    has_account__,
    currency__,
    country__,
    begins_at as begins_at__,
    text_identifier('subscription', sub__, 'sub_') as subscription_id__,
    identifier('workspace', sub__) as workspace_id__,
    (place__ + nth * 7) % 5 < 3 as has_trial__,
    -- One trial in five comes to nothing.
    (place__ + nth * 7) % 5 >= 3 or draw(sub__, 'stays after the trial') < 0.8 as is_won__,
    pick_weighted(sub__, 'plan', [0, 1, 2, 3], [4, 3, 2, 1]) as plan__,
    (draw(sub__, 'yearly') < 0.25)::integer as yearly__,
    2 + pick(sub__, 'seats', 25) as seats__
from begun
