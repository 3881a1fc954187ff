"""How people of four departments ask for tables: why they want them, and what matters to them."""

from __future__ import annotations

from authoring.generate.voices import Voice

ONE = {"they": "it", "They": "It", "them": "it", "are": "is", "were": "was", "have": "has", "hold": "holds"}
"""Words in a sentence about one table; about several they stand as they are."""

IMPL_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "From next month on we report from {tables}, and so far there is only what we agreed "
            "on: nobody has built {them}.",
            "The monthly review has a page that is still put together by hand. With {tables} the "
            "warehouse would do it.",
            "When the old warehouse was switched off, {tables} went with it. Controlling has missed {them} since.",
            "We agreed with the people who own the sources on what {tables} should hold, and now "
            "{they} {have} to exist.",
        ),
        (
            "The management reads this, so a number that is nearly right is of no use.",
            "Two spreadsheets depend on the names of the columns.",
            "",
            "The auditors have seen the definition.",
            "It is not a large piece of work, we are told, but it has waited for a while.",
        ),
        (
            "So that there is no doubt about the definitions, I worked out two rows by hand, as of {day}:",
            "Two rows that controlling has confirmed, as they stood on {day}:",
            "From our own records, as of {day}:",
        ),
        (
            "Please build {them} in the warehouse, in the way of the tables that are there.",
            "Please add {them} to the nightly run.",
            "We would like to have {them} as part of the pipeline and not as somebody's query.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "Every morning somebody collects what {tables} should say from four screens. It should "
            "come out of the warehouse.",
            "The new dashboard of the shift leads is drawn and waits for its data: {tables}.",
            "We planned {tables} in spring and never came to it. Now the team needs {them}.",
            "{tables} {are} on the list of what the operations team was promised for this quarter.",
        ),
        (
            "The dashboard takes the columns by name.",
            "",
            "People will act on it within minutes, so the figures should rather be complete than pretty.",
            "If something is not known, the table should say so and not guess.",
            "The people on the floor have gone over the definitions.",
        ),
        (
            "Here is what it should say in two cases, as of {day}; we were there:",
            "Two cases that we can vouch for (state of {day}):",
            "To test it: this is what the floor knows of two rows, as of {day}:",
        ),
        (
            "Please build {them}, and leave what is there as it is.",
            "Could you add {them} to the project? The other tables stay as they are.",
            "We leave to you how you get there.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "For the coming review we need {tables}. What {they} {hold} is agreed; nobody has built {them} yet.",
            "A finding of last year says that {tables} {are} kept outside of the warehouse. That is "
            "where {they} {are} to be made.",
            "We ask for {tables} in the warehouse, so that the figures can be followed back to the records.",
            "The plan of measures has {tables} as an open point, due this month.",
        ),
        (
            "We keep figures of our own, and the two have to agree.",
            "",
            "What counts is the written definition, also where another reading seems handy.",
            "The figures are read again each quarter, on the data of that day.",
            "The definitions were signed by the owners of the sources.",
        ),
        (
            "Two rows were computed in advance from the source records, as of {day}:",
            "For two rows the result is known (state of {day}):",
            "From the working papers, as of {day}:",
        ),
        (
            "Please implement {them} by the definition, column by column.",
            "Please have {them} built as part of the regular run.",
            "Please derive {them} from the tables that exist, without figures that are typed in.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "People ask us every week for what {tables} should hold, and we answer with screenshots.",
            "The help desk would like to look things up in {tables}. {They} {were} announced, but "
            "nobody can find {them}.",
            "Some of our partners were told that they would get {tables}. Below is what was agreed with them.",
            "I collected what users want to know; most of that would be answered by {tables}.",
        ),
        (
            "I cannot judge how much work that is.",
            "",
            "What we must not do is to tell two partners different things.",
            "They have the definitions in writing.",
            "At the moment each of us counts in another way.",
        ),
        (
            "Two rows that I went through with the people concerned, as of {day}:",
            "For two of them I know what should come out (as of {day}):",
            "Checked by hand, from the source systems, as of {day}:",
        ),
        (
            "Please build {them} as described.",
            "Can somebody add {them}? Everything else can stay.",
            "It would be good to have {them} with the next nightly run.",
        ),
    ),
}
