"""Where untrusted code runs: the fork server, one load, one dbt run."""
