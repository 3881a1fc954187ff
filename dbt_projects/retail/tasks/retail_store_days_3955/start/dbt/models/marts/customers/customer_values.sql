with

customers as (

    select * from {{ ref('int_customers_described') }}

),

lines as (

    select * from {{ ref('sale_lines') }}

),

bought as (

    select
        customer_id,
        count(distinct channel || '-' || document_number) as n_orders,
        count(distinct channel) as n_channels,
        cast(sum(net_cents) as bigint) as net_cents,
        min(sold_on) as first_bought_on,
        max(sold_on) as last_bought_on
    from lines
    group by customer_id

),

joined as (

    select
        customers.customer_id,
        customers.customer_code,
        customers.state,
        customers.buy_potential,
        customers.income_lower_bound,
        customers.income_upper_bound,
        coalesce(bought.n_orders, 0) as n_orders,
        coalesce(bought.n_channels, 0) as n_channels,
        coalesce(bought.net_cents, 0) as net_cents,
        case
            when bought.n_orders is null then 'never'
            when bought.last_bought_on < {{ business_today() }} - 7 then 'quiet'
            when bought.n_orders = 1 then 'once'
            else 'active'
        end as customer_state,
        bought.first_bought_on,
        bought.last_bought_on
    from customers
    left join bought on customers.customer_id = bought.customer_id

)

select * from joined
