-- What a segment won and lost in a month is the sum of its movements.
with

stated as (

    {% for kind in ['new', 'reactivation', 'expansion', 'contraction', 'churn'] %}
        select
            segment,
            revenue_month,
            '{{ kind }}' as movement_kind,
            {{ kind }}_eur_cents as eur_cents,
            {{ 'n_churned_customers' if kind == 'churn' else 'cast(null as bigint)' }} as n_customers
        from {{ ref('mrr_months') }}
        {% if not loop.last %}
            union all
        {% endif %}
    {% endfor %}

),

moved as (

    select
        segment,
        revenue_month,
        movement_kind,
        sum(change_eur_cents) as eur_cents,
        count(*) as n_customers
    from {{ ref('mrr_movements') }}
    group by segment, revenue_month, movement_kind

)

select
    coalesce(stated.segment, moved.segment) as segment,
    coalesce(stated.revenue_month, moved.revenue_month) as revenue_month,
    coalesce(stated.movement_kind, moved.movement_kind) as movement_kind
from stated
full outer join moved
    on
        stated.segment = moved.segment
        and stated.revenue_month = moved.revenue_month
        and stated.movement_kind = moved.movement_kind
where
    stated.segment is null
    or stated.eur_cents is distinct from coalesce(moved.eur_cents, 0)
    or (stated.movement_kind = 'churn' and stated.n_customers is distinct from coalesce(moved.n_customers, 0))
