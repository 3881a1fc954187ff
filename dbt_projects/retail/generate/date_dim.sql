-- The calendar of the business: weeks begin on Sunday.
with days as (
    select unnest(generate_series(start_date() - 70, start_date() + 400, interval 1 day))::date as day
)

select
    day - date '2000-01-01' as date_sk,
    day as calendar_date,
    (day - date '2000-01-02') // 7 as week_seq,
    (date '2000-01-02' + (7 * ((day - date '2000-01-02') // 7))::integer)::date as week_start,
    year(day)::integer as calendar_year,
    month(day)::integer as calendar_month,
    dayname(day) as day_name,
    isodow(day) > 5 as is_weekend,
    strftime(day, '%m-%d') in ('01-01', '03-15', '05-27', '07-04', '11-28', '12-25') as is_holiday
from days
