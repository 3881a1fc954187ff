select product, ((100 + pick(product, 'price', 400)) * 0.01)::decimal(10, 2) as price
from unnest(['Käse', 'Äpfel', 'Brot']) as products (product)
