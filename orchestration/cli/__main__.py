"""`python -m orchestration.cli` is `lockgate`."""

from orchestration.cli import main

main()
