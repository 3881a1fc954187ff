"""How people of four departments write tickets: what they begin with, how they know, and what they ask for."""

from __future__ import annotations

from typing import NamedTuple


class Voice(NamedTuple):
    """Somebody who writes tickets. `{table}` or `{tables}`, `{day}` and the like are filled in."""

    queue: str
    openings: tuple[str, ...]
    asides: tuple[str, ...]
    """What it means for them; one may be empty."""
    proofs: tuple[str, ...]
    """How they know what is right; said before the examples."""
    requests: tuple[str, ...]


VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "We are closing the books as of {day} and cannot sign off `{table}`: it does not agree with our own "
            "records.",
            "While preparing the monthly review I compared `{table}` with the figures that we keep ourselves. They "
            "differ, and I could not find a reason on our side.",
            "Two people in controlling have now asked me about the same thing, so here it is as a ticket. "
            "`{table}`, as "
            "it was built on {day}, is wrong in part.",
            "I was about to send `{table}` to the management when a colleague noticed that some of it cannot be right.",
        ),
        (
            "The amounts are small, but we have to be able to explain each of them.",
            "Until this is settled I have to put a note under every report.",
            "The system of record is not in doubt.",
            "",
            "The auditors will ask, so I would rather ask first.",
            "I have checked that I am not looking at an old copy.",
        ),
        (
            "I took some rows apart by hand, from the records of the source systems up:",
            "These I have worked out myself, line by line, from the source systems:",
            "These I checked with the people who own the numbers:",
            "To save you the search, here is what I get when I do the sums on paper:",
        ),
        (
            "Please find out where this comes from and put it right there. I cannot use a correction that only "
            "makes this "
            "one table look right.",
            "Could you look into it before we close? Correct it at the source of the error, please, not in the report.",
            "We need the cause removed, not the numbers overwritten: the same data goes into other tables.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "The morning meeting works with `{table}`, and today ({day}) we noticed that it does not describe what "
            "actually happened.",
            "Something is off in `{table}`. The team on the floor knows what happened, and the table says otherwise.",
            "We plan by `{table}`. This week we planned wrongly because of it, so please have a look with some "
            "priority.",
            "Our shift leads keep notes, and the notes and `{table}` have stopped agreeing.",
        ),
        (
            "We have started to keep a list of our own beside it, which cannot be the idea.",
            "Nobody noticed for a while, because each number by itself looks plausible.",
            "",
            "It is not urgent to the hour, but people decide by it every day.",
            "What follows was put together by two of us, independently.",
            "We first thought that we had counted wrongly ourselves. We had not.",
        ),
        (
            "We went through our own notes for some of them:",
            "Some that we can vouch for, because somebody was there:",
            "What we found when we looked up single cases in the source systems:",
            "For these we know for certain what is right:",
        ),
        (
            "Please find the reason and fix it where it arises; others read tables that are made from the same data.",
            "Can you trace this back and correct it at its root? If we patch this table, the next one will be wrong.",
            "We do not mind how it is done, but it has to be right in every table that uses these rows, not only "
            "in ours.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "As part of the review of reporting we recomputed `{table}` (state of {day}) from the source "
            "records. The two do not agree.",
            "Finding from the data audit, {day}: `{table}` contains values that the underlying records do not support.",
            "We tested `{table}` against the systems of record. The test failed, for the reasons below.",
            "In the course of this quarter's checks `{table}` was compared with an independent calculation. The two "
            "are not the same.",
        ),
        (
            "The deviation is systematic; chance can be excluded.",
            "No access to the pipeline was part of the review, so we cannot say where it arises.",
            "",
            "The source records themselves were found to be in order.",
            "The whole table was recomputed, not a sample.",
            "The finding was discussed with the owners of the source systems, who agree.",
        ),
        (
            "Evidence, from different parts of the table:",
            "The following were recomputed and confirmed by a second person:",
            "Deviations that we documented:",
            "From our working papers:",
        ),
        (
            "The cause has to be identified and removed. An adjustment of the reported values alone does not close the "
            "finding.",
            "We ask for a correction at the point where the error enters, and for all dependent tables to follow "
            "from it.",
            "Please remedy the cause, so that later days are right as well.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "We had complaints, and after some digging they all lead to `{table}`. As of {day} it shows things "
            "that our "
            "partners can prove wrong.",
            "Somebody who reads `{table}` every day wrote to us: it is not what it was, and not what it should be.",
            "Passing this on from the help desk. The reports that people get from `{table}` contain errors.",
            "I have looked into three separate questions from users this week. All of them turned out to be about "
            "`{table}`.",
        ),
        (
            "I do not know how the table is made, so I can only describe what it shows.",
            "Three different people told me, independently.",
            "So far they are patient.",
            "",
            "My first guess was a delay in the load, but it does not go away overnight.",
            "I have asked them to send me everything that they find; this is the list so far.",
        ),
        (
            "These are the cases that were brought to us, with what we could confirm:",
            "We checked with the source systems, and the people who complained are right:",
            "Cases from our inbox, each one verified:",
            "What they were shown, and what is true:",
        ),
        (
            "Can somebody find out what is wrong and correct it for good? I have promised that it will not only "
            "be these "
            "cases.",
            "Please look for the actual mistake. People use several tables, and they should all be right afterwards.",
            "We would like to tell them that it is solved, for all data and not just for theirs.",
        ),
    ),
}
