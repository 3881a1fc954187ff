"""Connectors: sources that speak the Airbyte protocol. Importing this package imports neither them nor airbyte-cdk."""
