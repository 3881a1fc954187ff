# lockgate canary 5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42: benchmark data must not appear in training corpora
"""The four most intricate marts a second time, in pandas, from the rows of the source systems.

Written from what the owners of the sources and the tickets say (`project/docs/sources.md`, the tables in the tasks'
`instruction.md`, the column descriptions), not from the SQL. `lockgate prove` compares them with gold; no agent gets
this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pyarrow as pa

ON_TIME_MINUTES = 15
GIVEN_UP_AFTER = pd.Timedelta(hours=48)
LONGEST_PAUSE_MINUTES = 9 * 60
TWO_TURNS_MINUTES = 60
WEATHER_VALID = pd.Timedelta(minutes=90)


def read_clock_time(text: str | None) -> datetime | None:
    """A departure or arrival time in one of the stations' three formats; 24:00 ends the day that it names."""
    if text is None:
        return None
    text = text.strip()
    if text.endswith("24:00") or text.endswith("T2400"):
        day = text[:10] if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:8]}"
        return datetime.fromisoformat(day) + timedelta(days=1)
    for form in ("%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%dT%H%M"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - local time of an airport
        except ValueError:
            continue
    raise ValueError(f"'{text}' is in none of the three formats")


def clean_tail(text: str | None) -> str | None:
    """Upper case without blanks around; missing, empty and UNKNOWN are none."""
    cleaned = (text or "").strip().upper()
    return cleaned if cleaned not in ("", "UNKNOWN") else None


def planned_flights(day: Any, short_haul: dict[str, Any] | None = None) -> pd.DataFrame:
    """One row per flight that is planned or was flown, with UTC times, delays, airline and status."""
    flights = _pandas(day.tables["operations.schedules"]).rename(columns={"tail_number": "planned_tail"})
    departures = _last(_pandas(day.tables["operations.departures"]), "flight_id", ["recorded_at", "departure_id"])
    arrivals = _last(_pandas(day.tables["operations.arrivals"]), "flight_id", ["recorded_at", "arrival_id"])
    flights = flights.merge(departures[["flight_id", "tail_number", "departed_at"]], how="left", on="flight_id")
    flights = flights.merge(arrivals[["flight_id", "arrived_at"]], how="left", on="flight_id")
    zones = {row["iata_code"]: row["time_zone"] for row in _delivered(day, "airports")[-1].to_pylist()}
    flown, planned = flights["tail_number"].map(_none), flights["planned_tail"].map(_none)
    flights["tail"] = [clean_tail(a) or clean_tail(b) for a, b in zip(flown, planned, strict=True)]
    flights["flight_date"] = flights["scheduled_departure_local"].dt.date
    origin, destination = flights["origin"].map(zones), flights["destination"].map(zones)
    for name in ("departed", "arrived"):
        flights[name] = pd.to_datetime(pd.Series([read_clock_time(_none(t)) for t in flights[f"{name}_at"]]))
    flights["due_out"] = _to_utc(flights["scheduled_departure_local"], origin)
    flights["due_in"] = _to_utc(flights["scheduled_arrival_local"], destination)
    flights["out"], flights["in"] = _to_utc(flights["departed"], origin), _to_utc(flights["arrived"], destination)
    flights["departure_delay"] = _minutes(flights["out"] - flights["due_out"])
    flights["arrival_delay"] = _minutes(flights["in"] - flights["due_in"])
    flights["block"] = _minutes(flights["due_in"] - flights["due_out"])
    flights["limit"] = [
        _limit(d, f, short_haul) for d, f in zip(flights["distance_miles"], flights["flight_date"], strict=True)
    ]
    now = pd.Timestamp(day.now).tz_convert("UTC")
    flights["is_departed"] = flights["out"].notna() | flights["in"].notna()
    flights["is_arrived"] = flights["in"].notna()
    flights["is_diverted"] = ~flights["is_arrived"] & (flights["out"] + GIVEN_UP_AFTER < now)
    flights["is_on_time"] = flights["arrival_delay"] < flights["limit"]
    flights["is_late"] = flights["departure_delay"] >= flights["limit"]
    airlines = _delivered(day, "airlines")[-1].to_pylist()
    found = [_airline(airlines, c, f) for c, f in zip(flights["carrier_code"], flights["flight_date"], strict=True)]
    flights["airline_id"], flights["airline_name"] = [a for a, _ in found], [n for _, n in found]
    return flights


def chains_of(flights: pd.DataFrame) -> list[list[dict[str, Any]]]:
    """Flown legs of known aircraft, cut into chains where the next leg is planned too early or over 9 hours later."""
    legs = flights[flights["tail"].notna() & flights["out"].notna()].sort_values(
        ["tail", "due_out", "out", "flight_id"]
    )
    chains: list[list[dict[str, Any]]] = []
    for leg in legs.to_dict("records"):
        last = chains[-1][-1] if chains else None
        if last is not None and last["tail"] == leg["tail"]:
            leg["pause"] = _between(last["due_in"], leg["due_out"])
            if 0 <= leg["pause"] <= LONGEST_PAUSE_MINUTES:
                chains[-1].append(leg)
                continue
        chains.append([leg])
    return chains


def turnarounds(day: Any) -> pa.Table:
    """Consecutive legs of a chain, where the arrival before is reported."""
    rows = []
    for chain in chains_of(planned_flights(day)):
        for before, after in pairwise(chain):
            if pd.isna(before["in"]):
                continue
            ground, actual = int(after["pause"] - before["block"]), _between(before["in"], after["out"])
            rows.append({
                "flight_id": after["flight_id"], "inbound_flight_id": before["flight_id"],
                "airline_id": after["airline_id"], "tail_number": after["tail"],
                "away_airport_code": before["destination"], "left_from_airport_code": before["origin"],
                "back_at_airport_code": after["origin"], "flight_date": after["flight_date"],
                "scheduled_pause_minutes": after["pause"], "actual_pause_minutes": actual,
                "return_block_minutes": int(before["block"]), "scheduled_ground_minutes": ground,
                "actual_ground_minutes": actual - int(before["block"]),
                "slack_minutes": max(ground - TWO_TURNS_MINUTES, 0),
                "inbound_arrival_delay_minutes": int(before["arrival_delay"]),
                "outbound_departure_delay_minutes": int(after["departure_delay"]),
                "absorbed_delay_minutes": int(before["arrival_delay"]) - int(after["departure_delay"]),
                "is_airport_changed": before["origin"] != after["origin"], "is_tight": ground < TWO_TURNS_MINUTES,
            })  # fmt: skip
    by_airline: dict[Any, list[int]] = {}
    for row in rows:
        by_airline.setdefault(row["airline_id"], []).append(row["scheduled_ground_minutes"])
    for row in rows:
        middle = _lower_median(by_airline[row["airline_id"]])
        row["ground_minutes_against_airline_median"] = row["scheduled_ground_minutes"] - middle
    return pa.Table.from_pylist(rows)


def delay_propagation(day: Any, short_haul: dict[str, Any] | None = None) -> pa.Table:
    """Chains of two legs or more: late departure, and how much of it came in with the aircraft."""
    rows = []
    for chain in chains_of(planned_flights(day, short_haul)):
        if len(chain) < 2:
            continue
        late = [max(int(leg["departure_delay"]), 0) for leg in chain]
        carried = [0]
        for before, after, minutes in zip(chain, chain[1:], late[1:], strict=False):
            slack = max(int(after["pause"] - before["block"]) - TWO_TURNS_MINUTES, 0)
            excess = 0 if pd.isna(before["arrival_delay"]) else max(int(before["arrival_delay"]) - slack, 0)
            carried.append(min(excess, minutes))
        worst = late.index(max(late))
        first = chain[0]["arrival_delay"]
        rows.append({
            "chain_start_flight_id": chain[0]["flight_id"], "tail_number": chain[0]["tail"],
            "worst_flight_id": chain[worst]["flight_id"], "n_legs": len(chain),
            "n_late_legs": sum(bool(leg["is_late"]) for leg in chain),
            "n_legs_with_carried_delay": sum(minutes > 0 for minutes in carried),
            "late_departure_minutes": sum(late), "carried_delay_minutes": sum(carried),
            "new_delay_minutes": sum(late) - sum(carried),
            "carried_share": sum(carried) / sum(late) if sum(late) else None,
            "worst_late_departure_minutes": max(late),
            "first_arrival_delay_minutes": None if pd.isna(first) else int(first),
            "chain_date": chain[0]["flight_date"],
        })  # fmt: skip
    return pa.Table.from_pylist(rows)


def weather_effects(day: Any, short_haul: dict[str, Any] | None = None) -> pa.Table:
    """Departed flights by airport and by the weather for which they were scheduled."""
    flights = planned_flights(day, short_haul)
    flights = flights[flights["is_departed"]].copy()
    hours = _last(_pandas(day.tables["weather.observations"]), ["station", "observed_at"], ["updated_at"])
    hours["condition"] = [_condition(hour) for hour in hours.to_dict("records")]
    known = {station: part.sort_values("observed_at") for station, part in hours.groupby("station")}
    flights["condition"] = [
        _weather_at(known[o], due) for o, due in zip(flights["origin"], flights["due_out"], strict=True)
    ]
    rows = []
    for (airport, condition), part in flights.groupby(["origin", "condition"]):
        completed = int((part["is_arrived"] | part["is_diverted"]).sum())
        delays = [int(minutes) for minutes in part["departure_delay"].dropna()]
        on_time = int(part["is_on_time"].sum())
        rows.append({
            "airport_code": airport, "weather_condition": condition, "n_departed": len(part),
            "n_departed_late": int(part["is_late"].sum()), "n_on_time": on_time, "n_completed": completed,
            "on_time_share": on_time / completed if completed else None,
            "avg_departure_delay_minutes": sum(delays) / len(delays) if delays else None,
            "median_departure_delay_minutes": _lower_median(delays) if delays else None,
        })  # fmt: skip
    fair = {r["airport_code"]: r["avg_departure_delay_minutes"] for r in rows if r["weather_condition"] == "fair"}
    for row in rows:
        mean, other = row["avg_departure_delay_minutes"], fair.get(row["airport_code"])
        row["delay_against_fair_minutes"] = None if mean is None or other is None else mean - other
    return pa.Table.from_pylist(rows)


def carrier_on_time_performance(day: Any, short_haul: dict[str, Any] | None = None) -> pa.Table:
    """Departed flights by airline and flight date: punctuality on the day and over seven days, and the ranks."""
    flights = planned_flights(day, short_haul)
    flights = flights[flights["is_departed"]]
    rows: list[dict[str, Any]] = []
    for (airline, name, when), part in flights.groupby(["airline_id", "airline_name", "flight_date"]):
        completed, on_time = int((part["is_arrived"] | part["is_diverted"]).sum()), int(part["is_on_time"].sum())
        delays = sorted(int(minutes) for minutes in part["arrival_delay"].dropna())
        rows.append({
            "airline_id": airline, "airline_name": name, "flight_date": when, "n_flights": len(part),
            "n_completed": completed, "n_diverted": int(part["is_diverted"].sum()), "n_on_time": on_time,
            "n_departed_late": int(part["is_late"].sum()),
            "n_short_haul": int((part["limit"] != ON_TIME_MINUTES).sum()),
            "on_time_share": on_time / completed if completed else None,
            "avg_arrival_delay_minutes": sum(delays) / len(delays) if delays else None,
            "p90_arrival_delay_minutes": delays[math.ceil(0.9 * len(delays)) - 1] if delays else None,
        })  # fmt: skip
    for row in rows:
        week = [
            other for other in rows
            if other["airline_id"] == row["airline_id"]
            and timedelta(0) <= row["flight_date"] - other["flight_date"] <= timedelta(days=6)
        ]  # fmt: skip
        n = sum(other["n_completed"] for other in week)
        row["on_time_share_7_days"] = sum(other["n_on_time"] for other in week) / n if n else None
        rivals = [other["on_time_share"] for other in rows if other["flight_date"] == row["flight_date"]]
        own = row["on_time_share"]
        better = [s for s in rivals if s is not None and (own is None or s > own)]
        row["on_time_rank"] = len(better) + 1
    return pa.Table.from_pylist(rows)


DERIVATIONS: dict[str, Callable[..., pa.Table]] = {
    "marts.turnarounds": turnarounds,
    "marts.delay_propagation": delay_propagation,
    "marts.weather_effects": weather_effects,
    "marts.carrier_on_time_performance": carrier_on_time_performance,
}
"""Table -> function of the generated day, and of what a task's `proof.yaml` states as `policy`."""


def _pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas()


def _none(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def _last(frame: pd.DataFrame, key: str | list[str], order: list[str]) -> pd.DataFrame:
    """The row of each key that is last in an order."""
    return frame.sort_values(order).drop_duplicates(key, keep="last")


def _delivered(day: Any, stream: str) -> list[pa.Table]:
    return [file.table for file in day.deliveries if file.stream == stream]


def _to_utc(local: pd.Series, zones: pd.Series) -> pd.Series:
    """Local wall-clock times as instants; a time that the clocks skip is an hour later."""
    result = pd.Series(pd.NaT, index=local.index, dtype="datetime64[us, UTC]")
    for zone in sorted(set(zones.dropna())):
        part = local[zones == zone]
        found = part.dt.tz_localize(zone, nonexistent=pd.Timedelta(hours=1), ambiguous="NaT" if part.empty else False)
        result[part.index] = found.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return result


def _minutes(difference: pd.Series) -> pd.Series:
    return difference.dt.total_seconds() / 60


def _between(start: pd.Timestamp, end: pd.Timestamp) -> int:
    return int((end - start).total_seconds() // 60)


def _limit(distance: int, when: date, short_haul: dict[str, Any] | None) -> int:
    if short_haul and distance < short_haul["miles"] and when >= date.fromisoformat(str(short_haul["since"])):
        return int(short_haul["minutes"])
    return ON_TIME_MINUTES


def _airline(airlines: Iterable[dict[str, Any]], code: str, when: date) -> tuple[str | None, str | None]:
    for row in airlines:
        since, until = date.fromisoformat(row["valid_from"]), row["valid_to"] or "9999-12-31"
        if row["carrier_code"] == code and since <= when <= date.fromisoformat(until):
            return f"{code}-{since:%Y%m%d}", row["name"]
    return None, None


def _condition(hour: dict[str, Any]) -> str:
    """The first that holds; what was not measured is NaN and fulfils nothing."""
    if hour["visibility_miles"] < 3:
        return "low_visibility"
    if hour["precip_in"] > 0:
        return "snow" if hour["temp_f"] <= 32 else "rain"
    return "wind" if hour["wind_speed_mph"] >= 25 or hour["wind_gust_mph"] >= 25 else "fair"


def _weather_at(hours: pd.DataFrame, due: pd.Timestamp) -> str:
    """Condition of the latest observation that is not after a departure and less than 90 minutes old."""
    position = int(hours["observed_at"].searchsorted(due, side="right")) - 1
    if position < 0 or due - hours["observed_at"].iloc[position] >= WEATHER_VALID:
        return "unknown"
    return str(hours["condition"].iloc[position])


def _lower_median(values: list[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]
