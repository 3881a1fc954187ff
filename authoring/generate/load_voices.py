"""How people of four departments ask for data of a source system: what they do without it, and what matters to them."""

from __future__ import annotations

from authoring.generate.voices import Voice

LOAD_VOICES: dict[str, Voice] = {
    "finance": Voice(
        "FIN",
        (
            "Every Friday one of us exports {tables} from {system} by hand, and by Tuesday the copy is worth "
            "nothing. We would like the warehouse to fetch {them} itself.",
            "The month is closed from tables that should read {tables}, and since we moved to the new warehouse "
            "nothing brings {them} over from {system}.",
            "Half of our reports stand still: the models are there, but {tables} of {system} {are} not in the "
            "warehouse.",
            "We pay for {system} and cannot report on it, because {tables} never {reach} the warehouse.",
        ),
        (
            "Whoever owns the source has read what follows and agrees with it.",
            "",
            "A copy that lacks some rows is worse for us than none, since nobody sees it.",
            "The last attempt was right on the first day and wrong from the second on.",
            "We have been promised this for the end of the month.",
        ),
        (),
        (
            "Please have {them} loaded every night, as described below.",
            "Please connect what is missing. What a table has to hold was agreed with the owners and stands below.",
            "Please bring {them} into the nightly load.",
        ),
    ),
    "operations": Voice(
        "OPS",
        (
            "The screens on the floor went blank when the old export job was switched off. What they need is in "
            "{system}, and nothing loads {tables} from there any more.",
            "We are asked why the nightly run stops half way. It does because {tables} {are} not loaded: {system} "
            "was left out when the pipeline moved.",
            "The team that runs {system} has given us a reader's account. Now {tables} should come into the warehouse.",
            "Whoever wants to know something of {system} has to log in there. With {tables} in the warehouse nobody "
            "would.",
        ),
        (
            "They are friendly over there, but they watch how much we read.",
            "",
            "People will look at it at six in the morning, so it has to be there by then, and whole.",
            "If a night goes wrong, the next run has to put it right without anybody's help.",
            "The people of the night shift have gone over the list.",
        ),
        (),
        (
            "Please write what is missing in the load. The models that read the tables are finished.",
            "Can you add {them} to the nightly load? The tables should be as below.",
            "We leave to you how you set it up, as long as the tables are as below.",
        ),
    ),
    "audit": Voice(
        "AUD",
        (
            "Finding of {day}: figures in the warehouse cannot be followed back to {system}, since {tables} {are} "
            "not loaded from there.",
            "For the coming review the records of {system} are needed in the warehouse, unchanged. {Tables} {are} "
            "missing.",
            "We asked to see {tables} as {system} delivers {them}. The answer was that nothing loads {them}.",
            "The plan of measures lists the load of {tables} from {system} as open. It is due now.",
        ),
        (
            "Nothing may be corrected or left out on the way; that is done in later steps, where it can be seen.",
            "",
            "The tables have to agree with the source, row by row, after every night.",
            "At times the load runs twice on one day, and nobody should be able to tell.",
            "What is said below on each table comes from the owner of the source.",
        ),
        (),
        (
            "Please load {them} as the source has {them}, under the names given below.",
            "Please set up the load so that each table meets its description.",
            "Please close the gap. The descriptions below are binding.",
        ),
    ),
    "support": Voice(
        "SUP",
        (
            "When somebody calls about something in {system}, we can only say that we will call back: {tables} {are} "
            "not in our warehouse.",
            "Three tickets of this week have the same answer: the page is empty because {tables} of {system} {are} "
            "not loaded.",
            "We were told that the reports come back as soon as {tables} {are} loaded from {system} again.",
            "I asked around why our lookup finds nothing. It reads tables that need {tables}, and nothing brings "
            "{them} over from {system}.",
        ),
        (
            "I have collected below what the owners of the system told me.",
            "",
            "I am told that the models are fine and only wait for the data.",
            "It has to keep working: the last copy was never updated after the first night.",
            "Partners see these data, too, so rows that are there twice lead to calls.",
        ),
        (),
        (
            "Please load {them} as described.",
            "Can somebody bring {them} in? Everything else can stay.",
            "It would be good to have {them} from the next night on.",
        ),
    ),
}
