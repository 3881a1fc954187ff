"""Proofs of tasks as the repository keeps them: `proofs.json` beside the worlds; docs/proof.md."""
