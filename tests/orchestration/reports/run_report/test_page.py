"""The report's page: what it says is what `report.json` says, and a browser has nothing to complain of."""

import re
from pathlib import Path

import pytest

from orchestration.reports.console import number
from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.model import Report
from orchestration.reports.run_report.page import page_text
from orchestration.reports.run_report.plots import plots_of
from orchestration.reports.run_report.read import read_runs
from orchestration.reports.run_report.write import write_report
from tests.helpers.browser import WIDTHS, is_as_wide_as_its_window, needs_chromium, opened_browser
from tests.helpers.made_up_runs import SCENARIOS, card_of, plan_made_up, store_cards, store_made_up_run

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report of two runs of four competitors on eight tasks."""
    store_made_up_run("first", 4, 8, 2)
    store_made_up_run("second", 4, 8, 2, seed=1)
    write_report(read_runs(["first", "second"]), tmp_path / "report")
    return tmp_path / "report"


def report_of(folder: Path) -> Report:
    return Report.model_validate_json((folder / "report.json").read_text())


def test_every_trial_has_a_page_that_the_report_leads_to(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    linked = set(re.findall(r'href="(trials/[^"]+)"', text))
    written = {path.relative_to(folder).as_posix().replace("@", "%40") for path in folder.glob("trials/*/*.html")}
    assert linked == written
    assert len(written) == 2 * 8 * (4 * 2 + 2)


def test_the_same_runs_make_the_same_page(folder: Path) -> None:
    assert page_text(report_of(folder)) == (folder / "report.html").read_text()


def test_plots_say_what_the_figures_are(folder: Path) -> None:
    report = report_of(folder)
    plots = plots_of(report, {row.label: place for place, row in enumerate(report.competitors, start=1)})
    assert set(plots) == {"cost", "time", "stages", "reliability", "trend"}
    for row in report.competitors:
        if not row.is_reference:
            solved = number(row.figures["success_rate"].mean)
            assert f"{row.label}: SR {solved}" in plots["cost"]
    assert all("<title>" in plot and "http" not in plot.replace("http://www.w3.org", "") for plot in plots.values())


def test_what_is_hostile_is_text(tmp_path: Path) -> None:
    plan = plan_made_up("r", "a_task", EVIL, None)
    store_cards("r", [plan], [card_of(plan, {"visible": "marts"})])
    write_report(read_runs(["r"]), tmp_path / "report")
    for path in tmp_path.glob("report/**/*.html"):
        assert EVIL not in path.read_text()


def test_nobody_is_said_to_have_solved_a_task_that_only_references_tried(tmp_path: Path) -> None:
    plans = [plan_made_up("r", "a_task", agent, None) for agent in ("oracle", "idle")]
    store_cards("r", plans, [card_of(plan) for plan in plans])
    write_report(read_runs(["r"]), tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text()
    assert "repair, " in text
    assert "solved by" not in text


def test_of_reference_agents_alone_it_is_not_said_that_nothing_went_wrong(tmp_path: Path) -> None:
    plans = [plan_made_up("r", "a_task", agent, None) for agent in ("oracle", "idle")]
    store_cards("r", plans, [card_of(plans[0]), card_of(plans[1], dict.fromkeys(SCENARIOS, "raw"))])
    write_report(read_runs(["r"]), tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text()
    assert text.count("Only reference agents tried the tasks; nothing is compared.") == 3
    assert "went wrong." not in text


def test_competitors_need_not_have_run_in_the_same_scenarios(tmp_path: Path) -> None:
    plans = [
        plan_made_up("r", "a_task", "toolloop", None),
        plan_made_up("r", "a_task", "codeact", None).model_copy(update={"scenarios": ("visible",)}),
    ]
    cards = [card_of(plan) for plan in plans]
    cards[1] = cards[1].model_copy(update={"scenarios": cards[1].scenarios[:1]})
    store_cards("r", plans, cards)
    write_report(read_runs(["r"]), tmp_path / "report")
    (row,) = re.findall(
        r"<tr><th[^>]*><span[^>]*>\d</span> codeact</th>(<td class=\"s.*?)</tr>", scenarios_of(tmp_path)
    )
    assert row.count('<td data-value="">-</td>') == len(SCENARIOS) - 1


def scenarios_of(folder: Path) -> str:
    text = (folder / "report" / "report.html").read_text()
    return text[text.index('id="scenarios"') : text.index('id="pairs"')]


def test_500_trials_are_less_than_3_mb(tmp_path: Path) -> None:
    store_made_up_run("r", 5, 25, 4, references=False)
    write_report(read_runs(["r"]), tmp_path / "out.html")
    assert (tmp_path / "out.html").stat().st_size < 3_000_000


@needs_chromium
def test_a_browser_finds_who_wins_and_how_sure(folder: Path) -> None:
    """One smoke test among the fast ones."""
    report = report_of(folder)
    with opened_browser(f"file://{folder}/report.html") as page:
        assert page.locator(".lead").inner_text() == report.sentence
        first = page.locator("table.standings tbody tr").first.inner_text()
        best = report.competitors[0]
        assert best.label in first
        assert number(best.figures["success_rate"].mean) in first
        assert page.locator("table.standings tbody tr").count() == len(report.competitors)
        assert is_as_wide_as_its_window(page)


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_width_scrolls_sideways(folder: Path, width: int, is_dark: bool) -> None:
    with opened_browser(f"file://{folder}/report.html", width, is_dark=is_dark) as page:
        assert is_as_wide_as_its_window(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is not is_dark
        page.locator("#theme").click()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != ground
    trial = next(folder.glob("trials/first/*toolloop*.html"))
    with opened_browser(f"file://{trial}", width, is_dark=is_dark) as page:
        assert page.locator("h1").inner_text()


@needs_chromium
@pytest.mark.slow
def test_tables_sort_filters_last_and_cells_lead_to_trials(folder: Path) -> None:
    with opened_browser(f"file://{folder}/report.html") as page:
        heading = page.locator("table.standings thead th", has_text="USD a trial").locator("button")
        heading.click()
        column = "table.standings tbody tr td:nth-of-type(4)"
        costs = [float(value) for value in page.locator(column).evaluate_all("all => all.map(x => x.dataset.value)")]
        assert costs == sorted(costs, reverse=True)
        heading.click()
        costs = [float(value) for value in page.locator(column).evaluate_all("all => all.map(x => x.dataset.value)")]
        assert costs == sorted(costs)
        assert page.locator("#heat tbody tr:visible").count() == 8
        page.locator("select[data-filter=kind]").select_option("repair")
        assert page.locator("#heat tbody tr:visible").count() == 2
        assert "kind=repair" in page.url
        assert page.locator("#shown").inner_text() == "2 tasks shown"
        page.reload()
        assert page.locator("#heat tbody tr:visible").count() == 2, "a link shows what its sender saw"
        page.locator("#heat tbody tr:visible td a").first.click()
        page.wait_for_url("**/trials/*/*.html")


@needs_chromium
@pytest.mark.slow
def test_it_is_read_by_keyboard_and_without_scripts(folder: Path) -> None:
    with opened_browser(f"file://{folder}/report.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the standings"
        page.keyboard.press("Enter")
        assert page.url.endswith("#standings")
        unnamed = "[...document.querySelectorAll('table')].filter(t => !t.caption || !t.querySelector('th[scope=col]'))"
        assert page.evaluate(f"{unnamed}.length") == 0
        assert page.evaluate("[...document.querySelectorAll('button, a, select')].every(x => x.textContent.trim())")


def test_a_run_that_goes_on_shows_what_is_missing(tmp_path: Path) -> None:
    plans = [plan_made_up("r", task, "toolloop", None) for task in ("a", "b", "c")]
    store_cards("r", plans, [card_of(plans[0])])
    text = page_text(build_report(read_runs(["r"])), refresh_seconds=10)
    assert '<meta http-equiv="refresh" content="10">' in text
    assert "not done yet<b>2</b>" in text
