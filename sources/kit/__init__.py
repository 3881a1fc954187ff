"""What the generators of declared worlds share: draws, clock, extracts, noise, incidents."""
