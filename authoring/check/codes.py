"""Every kind of finding: its code, what to do about it, and whether it is a warning.

LG0 files and YAML; LG1 worlds; LG2 task.yaml; LG3 files of tasks and pipelines; LG4 tickets and hints; LG5 seeded
faults, proof, expectations.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A kind of finding."""

    advice: str
    """What to do, one sentence."""
    is_warning: bool = False


CODES: dict[str, Code] = {
    "LG001": Code("Write the file, or correct the name that leads to it."),
    "LG002": Code("Correct the YAML at this line."),
    "LG003": Code("Correct the spelling of the key, or remove it."),
    "LG004": Code("Add the key."),
    "LG005": Code("Give a value that is allowed."),
    "LG101": Code("Name the folder as the id, or the id as the folder."),
    "LG102": Code("Rename one of the two."),
    "LG103": Code("Name the file world.yaml, or move the folder out of the folder of worlds."),
    "LG104": Code("Correct the name in tables.yaml, or add the model or stream."),
    "LG105": Code("Correct the column's name, or describe the column in the project's YAML."),
    "LG106": Code("Give each source system of world.yaml its connection in el/, and no other."),
    "LG107": Code("Correct the connection file."),
    "LG108": Code("Name a folder of the world with queries or an extract, or a module that can be imported from here."),
    "LG109": Code("Give the table its key, so that rows can be matched and duplicates found.", is_warning=True),
    "LG110": Code("Change what dbt would refuse, or cannot reach, in a trial."),
    "LG111": Code("Correct the file of the dbt project."),
    "LG112": Code("Take these words out: agents read the project."),
    "LG113": Code("Correct the query, or the extract."),
    "LG114": Code("Name a table that the generator makes."),
    "LG115": Code("Give one of the two another namespace, so that each table has one maker."),
    "LG201": Code("Name the folder as the id, or the id as the folder."),
    "LG202": Code("Remove the stage, or list a table."),
    "LG203": Code("Correct the table's name, or describe it in tables.yaml or under 'tables'."),
    "LG204": Code("List the table under its own stage."),
    "LG205": Code("List it once."),
    "LG206": Code("List it once."),
    "LG207": Code("List the scenarios, or leave the key out for the four usual ones."),
    "LG208": Code("Remove the weight, or score a table of the stage."),
    "LG209": Code("Give a scored stage a weight above 0."),
    "LG210": Code("Choose a kind that has an evaluator."),
    "LG211": Code("Make the folder with the files of the alternative."),
    "LG212": Code("Name scored tables only."),
    "LG213": Code("Put task.yaml straight into the task's folder, or move the folder out of tasks/."),
    "LG214": Code("Add the line as a comment at the top, so that leaks into training data can be found."),
    "LG215": Code("Correct the scenario's name."),
    "LG216": Code("Take the scenario from the list, or give the world the incident."),
    "LG217": Code("Score these too, or say in the ticket why they cannot be.", is_warning=True),
    "LG218": Code("Remove the table from 'tables', or score it."),
    "LG219": Code("Remove the table from 'tables': the world describes it so already."),
    "LG220": Code("Name a file or folder of the start, or remove the pattern."),
    "LG221": Code("Take what a solution must change out of 'protected'."),
    "LG222": Code("Name a file or folder that is there, or remove the pattern."),
    "LG223": Code("Choose the kind that fits, or change what the task takes away."),
    "LG224": Code("Score the column, or say with 'tables' that it does not count.", is_warning=True),
    "LG225": Code("Score more, so that a half right answer is told from a wrong one.", is_warning=True),
    "LG226": Code("Give the two tasks different names."),
    "LG227": Code("Make the tolerance so small that a wrong value is still noticed."),
    "LG301": Code("Delete the file."),
    "LG302": Code("Finish the merge."),
    "LG303": Code("Save the file as UTF-8."),
    "LG304": Code("Move it to where the pipeline has such files: dbt/ or el/."),
    "LG305": Code("Save the file as UTF-8 without a byte order mark.", is_warning=True),
    "LG306": Code("Rename the file, or delete it."),
    "LG307": Code("Rename the file."),
    "LG308": Code("Take it out of the file."),
    "LG310": Code("Change something in the start, or take something away: an idle agent must fail."),
    "LG311": Code("Delete the file, or make it differ in meaning."),
    "LG312": Code("Name it as the file of the project that it stands for."),
    "LG313": Code("Put back what is still used, or take away what uses it."),
    "LG314": Code("Correct the reference, or add what it names."),
    "LG315": Code("Bring the file up to date with the project.", is_warning=True),
    "LG316": Code("Close what is open."),
    "LG317": Code("Make the alternative's tables differ, or remove it."),
    "LG318": Code("Score or name it, or leave it in the project.", is_warning=True),
    "LG401": Code("Name the table and its columns in the ticket: nobody can guess them."),
    "LG402": Code("Correct the name, or take the backticks away."),
    "LG403": Code("Write a ticket of its own."),
    "LG404": Code("Say what is seen, and not where it comes from."),
    "LG405": Code("Number the hints from 1, without gaps."),
    "LG406": Code("Write the hint, or delete the file."),
    "LG407": Code("Say it as a colleague would: nothing tells that this is an examination."),
    "LG408": Code("Begin with a heading; 15 to 120 lines (hard: 250), none above 130 letters.", is_warning=True),
    "LG409": Code("Correct the path, or take the backticks away."),
    "LG410": Code("Write the ticket."),
    "LG411": Code("Describe the column in the project's YAML, in docs/ or in the ticket."),
    "LG412": Code("Write a hint that adds something."),
    "LG501": Code("Write faults.yaml for a data_tests task, and for no other."),
    "LG502": Code("Name a table that the task scores."),
    "LG503": Code("List 'visible' and 'holdout' only."),
    "LG504": Code("Correct the SQL of the fault."),
    "LG505": Code("Correct the name in the fault's SQL."),
    "LG506": Code("Make the fault change its own table."),
    "LG507": Code("Correct the entry of proof.yaml."),
    "LG508": Code("List a mutant once."),
    "LG509": Code("Say of each mutant by itself why no data can tell it from the solution.", is_warning=True),
    "LG510": Code("Correct the expectation."),
}
