"""How people of four departments ask for data tests: what happened, and what matters to them."""

from __future__ import annotations

from authoring.generate.voices import Voice

CONTRACT_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "From {month} on we close the month from {tables}. Last time somebody outside found a mistake before we "
            "did, and we promised that this will not happen again.",
            "The figures of {tables} go into the books without anybody looking at them in between. So a bad table has "
            "to stop the nightly run.",
            "We were asked what keeps {tables} right. The honest answer is: nothing at the moment.",
        ),
        (
            "What follows is what we have promised in writing.",
            "",
            "The tables are right today, as far as we know.",
            "A figure that is plausible by itself and wrong is the worst that can happen.",
        ),
        (),
        (
            "Please write the data tests that hold us to what stands below.",
            "Please see to it that each line below is tested every night.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "Last week a table was wrong in a way that anybody could have seen, and three teams worked with it for two "
            "days. For {tables} we want to know first.",
            "{tables} are what the floor works with. If they are wrong, we would rather have yesterday's.",
            "Somebody loaded a day twice, and nobody noticed until the shelves were counted. It must not happen to "
            "{tables}.",
        ),
        (
            "We agreed on the list below with the people who read them.",
            "",
            "A test that cries wolf is switched off by the night shift, so it should be right.",
            "The tables themselves are fine today.",
        ),
        (),
        (
            "Could you write tests for the following?",
            "Please have the points below tested in the nightly run.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "The review found that nothing checks {tables} before they are used. The owners have agreed to the "
            "promises below.",
            "For {tables} a data contract was signed. It is worth what its tests notice.",
            "Twice this year errors stood in {tables} for weeks, and no test found them.",
        ),
        (
            "Small errors matter, too: five wrong rows are wrong.",
            "",
            "Most errors of the past left each column plausible by itself.",
            "The tables as they stand are not in doubt.",
        ),
        (),
        (
            "Please write a data test for each promise.",
            "We ask for tests that fail as soon as one of these is broken.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "Partners read {tables} directly since this month. When something was wrong they knew it before us, which "
            "is embarrassing.",
            "I have to tell people what they can rely on in {tables}. This is the list, and I would like it to be true "
            "every morning.",
            "We had three calls about {tables} this quarter, each time after a run that had gone wrong without a word.",
        ),
        (
            "I do not know how such tests are written, so I only say what must be noticed.",
            "",
            "At the moment all is well with them.",
            "The list went to the partners as it stands here.",
        ),
        (),
        (
            "Can somebody write the tests for it?",
            "Please test what is listed below, so that a bad table never gets out.",
        ),
    ),
}

ENGINEERS = Voice(
    "DATA",
    (
        "Half of our marts are built upon {tables}. A mistake there shows three models later, and then nobody knows "
        "where it came from.",
        "Last month we looked for an error in a mart for two days, and it sat in one of {tables}. Tests there would "
        "have told us in the same night.",
        "Before we change the models below {tables}, we want to be sure of what goes into them.",
        "Two teams take over models that read {tables}. They asked what they can count on.",
    ),
    (
        "We agreed on what holds; it is listed below.",
        "",
        "As far as we know the tables are right today.",
        "Please think of mistakes that leave each column plausible by itself.",
    ),
    (),
    (
        "Please write data tests for it.",
        "What stands below should be tested before anything is built on top.",
        "Please see to it that the run stops when one of these is broken.",
    ),
)
"""For tables that no department reads: those before the marts."""
