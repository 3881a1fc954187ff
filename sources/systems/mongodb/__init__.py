"""A read-only server of MongoDB's wire protocol."""
