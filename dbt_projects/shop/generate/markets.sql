-- The countries that the shop delivers to. For the generator only.
select
    country_code as country_code__,
    currency as currency__,
    price_factor as price_factor__,
    cities as cities__,
    weight as weight__
from (
    values
    ('DE', 'EUR', 1.0::decimal(8, 4), ['Hamburg', 'Leipzig', 'Bremen', 'Kassel', 'Ulm'], 34),
    ('AT', 'EUR', 1.0, ['Graz', 'Linz', 'Wels'], 9),
    ('FR', 'EUR', 1.0, ['Lille', 'Nantes', 'Tours', 'Metz'], 14),
    ('NL', 'EUR', 1.0, ['Utrecht', 'Breda', 'Zwolle'], 11),
    ('GB', 'GBP', 0.88, ['Leeds', 'Bath', 'Derby', 'York'], 12),
    ('PL', 'PLN', 4.4, ['Gdynia', 'Torun', 'Lublin'], 8),
    ('SE', 'SEK', 11.5, ['Lund', 'Umea', 'Kalmar'], 7),
    ('CH', 'CHF', 1.02, ['Basel', 'Chur', 'Thun'], 5)
) as listed (country_code, currency, price_factor, cities, weight)
