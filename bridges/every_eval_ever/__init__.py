"""Results as records of Every Eval Ever, an open schema for evaluation results (github.com/evaleval/every_eval_ever)."""
