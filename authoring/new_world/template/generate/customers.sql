-- One query a table, named as the table. draw(), pick() and the other macros give the same row the same value in
-- every run; random() and now() are refused. Columns that end in __ are for other queries and are never shown.
select
    number as number__,
    identifier('customer', number) as customer_id,
    person_name(number) as name,
    choose(number, 'city', ['Lyon', 'Turin', 'Bruges', 'Porto']) as city,
    -- entities() grows with the dial `scale`, dates with the days.
    between_times(number, 'joined', start_date() - 60, start_date())::timestamptz as joined_at,
    joined_at as updated_at
from entities(40)
