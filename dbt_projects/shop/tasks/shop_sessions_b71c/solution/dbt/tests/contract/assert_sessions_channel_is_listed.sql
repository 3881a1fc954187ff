select * from {{ ref('sessions') }}
where "channel" not in ('paid_search', 'paid_social', 'newsletter', 'affiliate', 'search', 'referral', 'direct')
