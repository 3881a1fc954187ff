"""The leaf: specs, registry, workspace, clock, errors and the run store. Imports nothing else of ours."""
