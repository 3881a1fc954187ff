"""Everything that changes dbt's inside: speed, clock, locks, warm-up."""
