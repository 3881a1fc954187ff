"""How people of four departments complain of a table that is right and takes too long."""

from __future__ import annotations

from authoring.generate.voices import Voice

SLOW_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "The bill for the warehouse has doubled within a quarter. I asked for the tables that cost most, and "
            "`{table}` was at the top of the list.",
            "We are charged by what the nightly run uses. As of {day} the largest single item that nobody can explain "
            "to me is `{table}`.",
            "Closing waits for `{table}`. It used to be there before we were.",
        ),
        (
            "The figures in it are not in question; we have checked them against the books.",
            "",
            "Nobody wants other figures, only a smaller bill.",
            "I am told that the same table can be had for much less.",
            "Next year we will have ten times the data, so it will not get better by itself.",
        ),
        (
            "The colleague who runs the warehouse has looked at the plan of the query and counted.",
            "I had the rows counted, so that we speak of the same thing.",
        ),
        (
            "Please make it cheaper without changing what it says.",
            "Please bring the cost down to what is stated below.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "The nightly run has begun to reach into the morning shift. Most of the growth since the spring is "
            "`{table}`.",
            "`{table}` holds up everything that comes after it in the nightly run. We looked at {day}, and it is the "
            "same every night.",
            "When the run of {day} was late again, we watched it. Most of the time it was busy with `{table}`.",
        ),
        (
            "What comes out is right.",
            "",
            "More machines are not to be had this year.",
            "It reads and keeps far more rows than the table has, or needs.",
            "We are about to load two more years, and then it will not finish at all.",
        ),
        (
            "We counted on the warehouse of {day}.",
            "So that nobody has to trust a stop watch, we counted rows.",
        ),
        (
            "Can you rewrite the model so that it does less for the same result?",
            "Please rewrite it. What it says must stay as it is.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "Finding of {day}: the table `{table}` is correct, and making it takes more resources than it should.",
            "The review of running costs names `{table}` as a table whose cost is out of proportion to its size.",
            "Measure 7 of the plan for the warehouse asks that `{table}` be made at a reasonable cost. It is due.",
        ),
        (
            "The content was examined and is in order. It is to stay so, row by row.",
            "",
            "The limit below was agreed with the owner of the warehouse.",
            "Whether the measure is done will be established by counting, not by a clock.",
        ),
        (
            "The count was made as follows.",
            "How it was established is laid down here, so that it can be repeated.",
        ),
        (
            "Please bring the cost of the table within the limit.",
            "We ask for a version of the model that keeps to the limit and to the content.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "Every morning somebody calls because `{table}` is still yesterday's. It gets there, an hour later, and "
            "then it is right.",
            "Users ask why `{table}` is the last one to be fresh. I could only say that it takes long.",
            "Since we have more data, `{table}` arrives after the meeting for which people need it.",
        ),
        (
            "Nobody has ever complained of what is in it.",
            "",
            "The people on the platform say that it is the way in which it is written.",
            "I have promised to pass it on.",
        ),
        (
            "They counted it for me.",
            "The platform team gave me these numbers.",
        ),
        (
            "Could somebody look at how it is made?",
            "It would help everybody if it were made with less effort. The content should stay.",
        ),
    ),
}
