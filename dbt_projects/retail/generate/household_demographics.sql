select
    range as household_demo_sk,
    1 + (range * 5) % 8 as income_band_sk,
    ['0-500', '501-1000', '1001-5000', '>5000'][range % 4 + 1] as buy_potential,
    (range % 6)::integer as n_dependents,
    (range % 4)::integer as n_vehicles
from range(1, 49)
