"""Files of dbt models, beside what dbt makes of them."""
