"""Results as records of Every Eval Ever, an open schema for results: github.com/evaleval/every_eval_ever."""
