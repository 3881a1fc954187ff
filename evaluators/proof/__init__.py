"""Proof that a task can be trusted: mutants of its solution are rejected, equivalents are accepted; docs/proof.md."""
