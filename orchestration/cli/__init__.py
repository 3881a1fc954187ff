"""The command line."""

try:
    from orchestration.cli.app import app, main
except KeyboardInterrupt:  # the imports take a second: as quiet as Ctrl-C later
    raise SystemExit(130) from None

__all__ = ["app", "main"]
