"""What `lockgate show` prints of one trial."""
