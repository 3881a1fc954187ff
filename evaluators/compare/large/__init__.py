"""Tables too large to look at whole: checksums, partitions, samples."""
