"""What a person reads: tables, pages, progress."""
