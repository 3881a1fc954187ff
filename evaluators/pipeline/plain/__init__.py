"""Plain projects: SQL and YAML of which it is certain what they can reach. Everything else is not plain."""
