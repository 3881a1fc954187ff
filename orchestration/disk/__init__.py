"""What Lockgate keeps on the disk, and removing it."""
