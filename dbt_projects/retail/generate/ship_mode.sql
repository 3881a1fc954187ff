select
    ship_mode_sk,
    ship_type,
    carrier
from (
    values
    (1, 'GROUND', 'Brookline Parcel'), (2, 'GROUND', 'Overland Nine'), (3, 'TWO DAY', 'Brookline Parcel'), (4, 'OVERNIGHT', 'Kestrel Air')
) as listed (ship_mode_sk, ship_type, carrier)
