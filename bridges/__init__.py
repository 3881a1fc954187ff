"""Our tasks and results in other people's tools."""
