"""How people of four departments tell of a table that is right when it is new, and drifts from then on."""

from __future__ import annotations

from authoring.generate.voices import Voice

INCREMENTAL_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "When the warehouse was built from nothing on {first}, `{table}` agreed with our records to the cent. "
            "After the nightly run of {day} it does not any more.",
            "We signed `{table}` on {first}, right after it had been built whole, and found it wrong on {day}.",
            "`{table}` was right on {first} and is not on {day}. In between there was one ordinary nightly run.",
        ),
        (
            "Controlling has had this before: the table is built again from nothing, is right for a day, and drifts.",
            "",
            "We cannot rebuild it before every closing.",
            "Nobody had changed anything, as far as we know.",
        ),
        (
            "We went through some of them with the source systems, as they were on {day}:",
            "Checked against our own records of {day}:",
            "These are certain (state of {day}):",
        ),
        (
            "Please see to it that the table is right after every night, not only after a build from nothing.",
            "Please find out what the nightly run leaves out, and correct it.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "The morning after the move ({first}) `{table}` was fine. One night later, on {day}, people on the floor "
            "see things in it that are not so.",
            "Whenever `{table}` is built from nothing it is right. After the next nightly run, here that of {day}, "
            "it is not; on {first} it still was.",
            "`{table}` gets worse by the night. We laid {first}, when it was new, beside {day}.",
        ),
        (
            "The workaround is to throw it away and build it again, which somebody does by hand.",
            "",
            "A second start on the same day does not help, and does no harm, either.",
            "It took us a while to see that it is not the sources.",
        ),
        (
            "We looked these up in the source systems on {day}:",
            "What people who were there could tell us, as of {day}:",
            "Three of us looked these up (state of {day}):",
        ),
        (
            "Can you make the nightly run do what the first one does?",
            "Please repair this for good; the table must not need a fresh start.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "`{table}` was tested twice, on {first} after a complete build and on {day} after the following nightly "
            "run. The first test passed, the second one failed.",
            "Finding of {day}: `{table}` depends on when it was last built from nothing. On {first} it was found "
            "correct.",
            "The state of `{table}` on {day} cannot be reproduced from the sources of that day. The one of {first} "
            "could.",
        ),
        (
            "A table whose content depends on its past is not acceptable where the description does not say so.",
            "",
            "The sources of both days were archived and are in order.",
            "Further days were not tested.",
        ),
        (
            "Deviations on {day}, each confirmed by a second person:",
            "Documented cases (state of {day}):",
            "From the working papers of {day}:",
        ),
        (
            "Please remove the cause, so that the table is the same whether it was built once or over many nights.",
            "We ask for a correction of the nightly run. A single rebuild does not close the finding.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "On {first} we told everybody that `{table}` is right again. Since the run of {day} the complaints are "
            "back.",
            "I compared what `{table}` said on {first} and on {day}: on the first day nobody complained, on the "
            "second four people did, and they were right.",
            "Users say that `{table}` is right after a maintenance weekend and wrong during the week. I looked at "
            "{first} and at {day}, and it is so.",
        ),
        (
            "I do not know what happens at night.",
            "",
            "It looks as if some news never got there.",
            "A colleague says that this is what the table has always been like.",
        ),
        (
            "Cases that I could confirm on {day}:",
            "I checked some with the people who own the data (state of {day}):",
            "What users saw on {day}, and what is true:",
        ),
        (
            "Please have a look at why it does not keep up.",
            "Could somebody make it stay right?",
        ),
    ),
}
