"""What a person sees in Dagster's UI: names, metadata, evidence."""
