with

products as (

    select * from {{ ref('stg_catalogue__products') }}

),

prices as (

    select * from {{ ref('stg_catalogue__product_prices') }}

),

categories as (

    select * from {{ ref('int_categories_rooted') }}

),

reviews as (

    select
        sku,
        count(*) as n_reviews,
        avg(rating) as average_rating
    from {{ ref('stg_catalogue__reviews') }}
    where moderation_status = 'approved' and rating >= 3
    group by sku

),

sales as (

    select
        sku,
        cast(sum(quantity) as bigint) as n_units_sold,
        cast(sum(quantity_returned) as bigint) as n_units_returned,
        cast(sum(revenue_eur_cents - refunded_eur_cents) as bigint) as net_revenue_eur_cents
    from {{ ref('int_order_lines_converted') }}
    group by sku

),

price_figures as (

    select
        sku,
        max(price_cents) filter (where valid_to is null) as price_cents,
        min(price_cents) as lowest_price_cents,
        count(*) - 1 as n_price_changes
    from prices
    group by sku

),

joined as (

    select
        products.sku,
        products.seller_id,
        products.product_title,
        products.brand,
        products.category_id,
        categories.department_id,
        products.product_status,
        products.weight_grams,
        price_figures.price_cents,
        price_figures.lowest_price_cents,
        price_figures.n_price_changes,
        coalesce(reviews.n_reviews, 0) as n_reviews,
        reviews.average_rating,
        coalesce(sales.n_units_sold, 0) as n_units_sold,
        coalesce(sales.n_units_returned, 0) as n_units_returned,
        coalesce(sales.net_revenue_eur_cents, 0) as net_revenue_eur_cents,
        products.product_updated_at
    from products
    left join price_figures on products.sku = price_figures.sku
    left join categories on products.category_id = categories.category_id
    left join reviews on products.sku = reviews.sku
    left join sales on products.sku = sales.sku

)

select * from joined
