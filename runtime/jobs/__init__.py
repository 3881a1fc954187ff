"""Entries that run inside a child: one load, one build, one export, the components."""
