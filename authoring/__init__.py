"""For people who write worlds and tasks."""
