with numbered as (
    select day, (day - start_date()) * 5 + number as number
    from dates()
    cross join (from range(5) select range as number)
)

select
    identifier('entry', number) as entry_id,
    choose(number, 'account', ['cash', 'bank', 'sales']) as account_id,
    (pick(number, 'amount', 20000) / 100 - 100)::decimal(10, 2) as amount,
    between_times(number, 'time', day + interval 8 hours, day + interval 18 hours) as booked_at
from numbered
