select
    identifier('receipt', (day - start_date()) * 100 + number) as receipt_id,
    choose([number, day - start_date()], 'product', ['Käse', 'Äpfel', 'Brot']) as product,
    ((100 + pick([number, day - start_date()], 'amount', 900)) * 0.01)::decimal(10, 2) as amount,
    day + interval 3 hours as arrives_at__
from dates()
cross join range(1, 11) as numbers (number)
