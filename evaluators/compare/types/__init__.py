"""Types of columns, and how values of two types are compared."""
