"""Command-line agents: any program that reads a ticket and changes the workspace."""
