with

customers as (

    select * from {{ ref('stg_head_office__customers') }}

),

addresses as (

    select * from {{ ref('stg_head_office__customer_addresses') }}

),

people as (

    select * from {{ ref('stg_reference__customer_demographics') }}

),

households as (

    select * from {{ ref('stg_reference__household_demographics') }}

),

income_bands as (

    select * from {{ ref('stg_reference__income_bands') }}

),

described as (

    select
        customers.customer_id,
        customers.customer_code,
        customers.full_name,
        customers.email,
        addresses.city,
        addresses.state,
        people.gender,
        people.credit_rating,
        households.buy_potential,
        income_bands.lower_bound as income_lower_bound,
        income_bands.upper_bound as income_upper_bound,
        customers.takes_newsletter
    from customers
    inner join addresses on customers.address_id = addresses.address_id
    left join people on customers.demo_id = people.demo_id
    left join households on customers.household_demo_id = households.household_demo_id
    left join income_bands on households.income_band_id = income_bands.income_band_id

)

select * from described
