"""What tickets of every kind ask for besides: that it holds in the nights to come, and what belongs to others."""

from __future__ import annotations

from authoring.generate.ticket_facts import Choices


def nights_rule(choices: Choices) -> str:
    """It is right tomorrow, and twice a day."""
    return choices.one(
        "rule-nights",
        (
            "It stays right in the nights to come, when rows arrive late or are corrected. A second run on the same "
            "day changes nothing.",
            "It holds for all data, also for what arrives, changes or disappears later. Running it twice on one day "
            "gives the same tables.",
            "Tomorrow's run has to be right, too, with late and corrected rows; and a run that is repeated changes "
            "nothing.",
        ),
    )


def contract_rule(choices: Choices) -> str:
    """What the tables are is agreed."""
    return choices.one(
        "rule-contract",
        (
            "Grain, columns and definitions of all tables stand in the YAML files beside the models and do not change.",
            "The YAML files beside the models are the agreed definitions, and stay as they are.",
        ),
    )


def tests_rule(choices: Choices) -> str:
    """The tests of models that are missing stay."""
    return choices.one(
        "rule-tests",
        (
            "The data tests in the YAML files stay, and they pass.",
            "What the YAML files test is part of the definition; leave the tests in and green.",
            "No data test is taken out.",
        ),
    )


def platform_rule(choices: Choices) -> str:
    """What no agent need change."""
    return choices.one(
        "rule-platform",
        (
            "Connections, profile and the schema macro belong to the platform team and stay as they are.",
            "Please leave connections, profile and the schema macro alone; they are the platform team's.",
        ),
    )


def with_docs(rule: str, has_docs: bool) -> str:
    """A rule, and where the sources are described, if they are."""
    return f"{rule} How the source systems behave is described in `docs/sources.md`." if has_docs else rule
