"""How people of four departments ask for more columns: why they want them, and what matters to them."""

from __future__ import annotations

from authoring.generate.voices import Voice

EVOL_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "From next month on the review has a page on {topic}, and {tables} {do} not say anything about {it}.",
            "We keep {topic} in a spreadsheet beside {tables}, and the two have begun to drift apart.",
            "Controlling asked for {topic}. The sources have all that is needed; {tables} {do} not show {it} yet.",
            "The new budget is drawn up by {topic}. So far nobody can read that from {tables}.",
        ),
        (
            "Past days count as well: the first use will be a comparison with last month.",
            "",
            "A figure that is right in most rows is of no use to us.",
            "The management has seen a mock-up and likes it.",
            "What the words mean was agreed with the people who own the sources.",
        ),
        (
            "Some rows that controlling worked out by hand, as of {day}:",
            "So that there is no doubt, here is what we expect in some rows (state of {day}):",
            "From our own records, as of {day}:",
        ),
        (
            "Please add the columns below. Everything that is there has to stay as it is.",
            "Please have these columns in the nightly run, under the names below.",
            "Please extend the tables as follows.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "The shift leads decide by {topic}, and look {it} up in another system each time. It belongs in {tables}.",
            "We would like to steer by {topic}. For that {tables} should show {it}.",
            "{Tables} {are} what the morning meeting looks at. What people keep asking for is {topic}.",
            "A new screen on the floor will show {topic}; it reads {tables}.",
        ),
        (
            "The screen takes the columns by name.",
            "",
            "If something is not known, it should stay empty and not be guessed.",
            "The order of the columns does not matter to us.",
            "The data are in the source systems already; nobody has to type anything.",
        ),
        (
            "These are cases that we know (state of {day}):",
            "To test it: this is what the floor says about some rows, as of {day}:",
            "What should come out for some of them, as of {day}:",
        ),
        (
            "Please add what is listed below, and leave the rest alone.",
            "Can you extend the tables by these columns?",
            "Below is what we need, table by table.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "For the coming review we have to follow {topic} from the records to the reports. {Tables} {do} not have "
            "{it}.",
            "It was found that {topic} cannot be seen in {tables}. The owners agreed to show {it} there.",
            "The plan of measures has an open point: {tables} {are} to be extended by {topic}.",
            "We test {topic} this year, and would like to do so on {tables}.",
        ),
        (
            "We have a calculation of our own, and the two have to agree in every row.",
            "",
            "What counts is the definition as it is written here.",
            "The columns are read again each quarter, on the data of that day.",
            "The tables in between matter as well, so that each step can be followed.",
        ),
        (
            "Rows that were computed in advance, from the source records as of {day}:",
            "For some rows the result is known (state of {day}):",
            "From the working papers, as of {day}:",
        ),
        (
            "Please extend the tables by the columns below.",
            "Please add the following, each by its definition.",
            "We ask for these columns; no other figure may change.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "Callers ask us about {topic} several times a day, and {tables} {do} not help.",
            "Partners were promised that they can see {topic}. They get their reports from {tables}.",
            "I collected what people look for in {tables} and do not find. On top of the list: {topic}.",
            "We answer questions about {topic} with screenshots of other systems. It would be easier to have {it} in "
            "{tables}.",
        ),
        (
            "I cannot judge how much work that is.",
            "",
            "The reports that exist must not look different afterwards, apart from what is new.",
            "The definitions were sent to the partners in writing.",
            "It is fine if it takes until next week.",
        ),
        (
            "For these I know what should come out (as of {day}):",
            "Rows that I went through with the people concerned, as of {day}:",
            "Checked by hand in the source systems, as of {day}:",
        ),
        (
            "Could somebody add the columns below?",
            "Please add the columns below; all others can stay.",
            "It would be good to have the following with the next nightly run.",
        ),
    ),
}
