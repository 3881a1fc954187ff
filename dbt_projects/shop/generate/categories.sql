-- The tree of categories, two levels deep; a few leaves are moved to another parent on a day.
with listed as (
    select * from (
        values
        ('home', null, 'Home', 'Wohnen', null),
        ('home.kitchen', 'home', 'Kitchen', 'Küche', null),
        ('home.light', 'home', 'Lighting', 'Leuchten', null),
        ('home.textiles', 'home', 'Textiles', 'Textilien', null),
        ('garden', null, 'Garden', 'Garten', null),
        ('garden.tools', 'garden', 'Tools', 'Werkzeug', null),
        ('garden.plants', 'garden', 'Plants', 'Pflanzen', null),
        ('paper', null, 'Paper and books', 'Papier und Bücher', null),
        ('paper.notebooks', 'paper', 'Notebooks', 'Notizbücher', null),
        ('paper.prints', 'paper', 'Prints', 'Drucke', 'home'),
        ('play', null, 'Play', 'Spielen', null),
        ('play.wooden', 'play', 'Wooden toys', 'Holzspielzeug', null),
        ('play.puzzles', 'play', 'Puzzles', 'Puzzles', null)
    ) as rows (category_id, parent_id, name_en, name_de, later_parent_id)
)

select
    category_id,
    parent_id,
    {'en': name_en, 'de': name_de} as name,
    (start_date() - 200)::timestamptz + interval 9 hours as updated_at,
    updated_at as arrives_at__,
    1 as version__
from listed
union all
select
    category_id,
    later_parent_id,
    {'en': name_en, 'de': name_de},
    (start_date() + 14)::timestamptz + interval 8 hours,
    (start_date() + 14)::timestamptz + interval 8 hours,
    2
from listed
where later_parent_id is not null
