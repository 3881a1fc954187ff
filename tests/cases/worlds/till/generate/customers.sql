select
    number + 1 as customer_id,
    choose(number, 'name', ['Müller', 'Groß', 'Café Ö']) as name,
    choose(number, 'kind', ['private', 'firm']) as kind,
    case when draw(number, 'left') < 0.3 then start_date() - pick(number, 'days', 300)::integer end as left_on,
    between_times(number, 'joined', start_date() - 30, start_date()) as updated_at
from entities(20)
