"""A read-only object store that speaks the S3 protocol."""
