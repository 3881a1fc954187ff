"""Reading delivered files: from bytes to rows, one module per step and per format."""
