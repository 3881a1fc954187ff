"""New worlds: from nothing, from an extract, from a dbt project."""
