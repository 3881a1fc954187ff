"""Which trials a run has, and what they may cost."""
