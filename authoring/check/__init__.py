"""`lockgate check`: every static mistake of worlds and tasks at once, without running anything."""
