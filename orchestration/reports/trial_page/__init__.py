"""What the page of a trial and `lockgate show` say: each module one part of it, as plain values."""
