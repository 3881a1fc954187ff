select
    identifier('call center', number) as call_center_sk,
    ['Peoria', 'Dayton'][number + 1] as call_center_name,
    (20 + 8 * number)::integer as n_employees,
    (start_date() - 400)::timestamptz as updated_at
from range(2) as listed (number)
