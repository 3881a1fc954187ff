"""How people of four departments ask that a script of an old system moves into the warehouse."""

from __future__ import annotations

from authoring.generate.voices import Voice

MIGRATE_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "Our old {system} machine is switched off at the end of the quarter, and {tables} still {come} from it. "
            "We close the month with {them}.",
            "The licence of the {system} machine is not renewed. What we still use of it is {tables}.",
            "Each month somebody copies {tables} from the old {system} machine into a spreadsheet. The warehouse "
            "should have {them} instead, with the same figures.",
        ),
        (
            "We know its figures and have signed them, so the new ones have to be the same.",
            "",
            "Whoever wrote it left the company years ago.",
            "Last year's attempt to write it again from memory gave other figures, and nobody found out why.",
        ),
        (),
        (
            "Please move this into our dbt project.",
            "Please build {them} in the warehouse, from what the procedure does.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "One job on the old {system} box still runs at night, and three dashboards hang on it: it makes "
            "{tables}. The box goes away with the move of the computer centre.",
            "When the {system} machine is down, and it often is, nobody has {tables} in the morning.",
            "The last thing on the old {system} machine that we need is the job that makes {tables}.",
        ),
        (
            "It takes three hours by now.",
            "",
            "Nobody dares to touch it.",
            "I have watched people work around it for years.",
        ),
        (),
        (
            "Can you bring over what it does, as models?",
            "Please have the warehouse make {them}, so that we can switch the job off.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "Finding of {day}: {tables} {are} made by a procedure on a {system} machine that is no longer supported "
            "and not part of the controlled pipeline.",
            "The review lists one calculation outside of the warehouse: a procedure on {system} that makes {tables}.",
            "{Tables} {are} computed outside of the warehouse, by a procedure on {system} that has no owner.",
        ),
        (
            "The calculation itself was reviewed and found to be right.",
            "",
            "Both will run side by side for a while, and we will compare them row by row.",
            "No rule may be changed on the way, also where another one seems better.",
        ),
        (),
        (
            "Please move the calculation into the dbt project, unchanged.",
            "The calculation is to become part of the nightly build.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "People call us when {tables} {are} late, and the answer is always that the old {system} machine was "
            "stuck again.",
            "We look things up in {tables}, which {live} on a {system} machine that will be gone after the summer.",
            "I am told that {tables} {come} from a procedure that nobody here has written, on a {system} machine "
            "under somebody's desk.",
        ),
        (
            "What it shows is right, as far as anybody has ever noticed.",
            "",
            "Our partners know these figures, so they must not change.",
            "I cannot read it myself.",
        ),
        (),
        (
            "Could you make the warehouse do what it does?",
            "Please bring it over, so that {they} {are} there each morning.",
        ),
    ),
}
