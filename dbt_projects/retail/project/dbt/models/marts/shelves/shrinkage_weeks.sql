with

counts as (

    select * from {{ ref('int_shelf_counts_final') }}

),

prices as (

    select * from {{ ref('int_item_prices_dated') }}

),

dates as (

    select * from {{ ref('stg_reference__dates') }}

),

costed as (

    select
        counts.store_id,
        dates.week_start,
        counts.expected_quantity,
        counts.counted_quantity,
        greatest(0, counts.expected_quantity - counts.counted_quantity) as missing_units,
        prices.unit_cost_cents
    from counts
    inner join dates on counts.counted_on = dates.calendar_date
    inner join prices
        on
            counts.item_id = prices.item_id
            and counts.counted_on >= prices.valid_from
            and (counts.counted_on < prices.valid_before or prices.valid_before is null)

),

aggregated as (

    select
        store_id,
        count(*) as n_counts,
        cast(sum(expected_quantity) as bigint) as n_expected_units,
        cast(sum(counted_quantity) as bigint) as n_counted_units,
        cast(sum(missing_units) as bigint) as n_missing_units,
        cast(sum(missing_units * unit_cost_cents) as bigint) as missing_cost_cents,
        week_start
    from costed
    group by store_id, week_start

)

select * from aggregated
