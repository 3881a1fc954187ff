"""Running a submission or a solution: source systems, loads, builds, gold."""
