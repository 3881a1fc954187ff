"""The three source systems of the world as their owners describe them: all that their users are told."""

from sources.systems.specs import Endpoint, FolderSystem, HttpSystem, PostgresSystem, PostgresTable

_RECORDED = "When the message reached the operations centre."
_UPDATED = "When the row was last written; never decreases. Rows change after they were recorded."

OPERATIONS = PostgresSystem(
    name="operations",
    schema="ops",
    tables=(
        PostgresTable(
            name="schedules",
            key="flight_id",
            columns={
                "flight_id": "bigint",
                "carrier_code": "text not null",
                "flight_number": "integer not null",
                "tail_number": "text",
                "origin": "text not null",
                "destination": "text not null",
                "scheduled_departure_local": "timestamp not null",
                "scheduled_arrival_local": "timestamp not null",
                "distance_miles": "integer not null",
                "updated_at": "timestamptz not null",
            },
            comment=(
                "One row per flight that is planned or was flown. Published two days ahead; times and aircraft may "
                "still change, and flights be withdrawn (deleted), until the day before. The row of a cancelled flight "
                "is deleted the day after it was due."
            ),
            column_comments={
                "carrier_code": "Code of the airline on the flight date; codes are given out again (reference data).",
                "tail_number": "Planned aircraft, as typed by the planners. The aircraft flown is in departures.",
                "scheduled_departure_local": "Local time of the origin. The flight date is its date.",
                "scheduled_arrival_local": "Local time of the destination.",
                "updated_at": _UPDATED,
            },
        ),
        PostgresTable(
            name="departures",
            key="departure_id",
            columns={
                "departure_id": "bigint",
                "flight_id": "bigint not null",
                "tail_number": "text",
                "departed_at": "text not null",
                "recorded_at": "timestamptz not null",
                "updated_at": "timestamptz not null",
            },
            comment=(
                "One row per departure message. A station may send a message again: of a flight's rows the one with "
                "the latest recorded_at counts, at equal times the one with the greater departure_id. Corrections "
                "change a row in place and move updated_at, not recorded_at."
            ),
            column_comments={
                "tail_number": "Aircraft flown, as typed by the station; empty, UNKNOWN or null: as planned.",
                "departed_at": (
                    "Local time of the origin, in the format of the sending station: YYYY-MM-DD HH:MM, "
                    "MM/DD/YYYY H:MM AM/PM, or YYYYMMDDTHHMM. 24:00 is the end of the day named."
                ),
                "recorded_at": _RECORDED,
                "updated_at": _UPDATED,
            },
        ),
        PostgresTable(
            name="arrivals",
            key="arrival_id",
            columns={
                "arrival_id": "bigint",
                "flight_id": "bigint not null",
                "arrived_at": "text not null",
                "air_time_minutes": "integer",
                "recorded_at": "timestamptz not null",
                "updated_at": "timestamptz not null",
            },
            comment=(
                "One row per arrival at the planned destination. Some arrive days late. Corrections change a row in "
                "place and move updated_at. Flights that were diverted and given up never get a row; those that "
                "reached their destination after a diversion have no air time."
            ),
            column_comments={
                "arrived_at": "Local time of the destination; formats as in departures.",
                "recorded_at": _RECORDED,
                "updated_at": _UPDATED,
            },
        ),
    ),
)

WEATHER = HttpSystem(
    name="weather",
    endpoints=(
        Endpoint("/v1/observations", "observations", is_paginated=True),
        Endpoint("/v1/stations", "stations", is_paginated=False),
    ),
    documentation="""\
Weather service
===============
Send your key in the header X-API-Key; without it the answer is 401.

GET /v1/observations
  Hourly observations of the three stations, sorted by updated_at (oldest first).
  page            from 1 (default 1)
  page_size       1 to 200 (default 100)
  updated_since   ISO date-time; only observations with updated_at at or after it
  Answer: {"data": [...], "page": 1, "has_more": true}. A page after the last one is empty.
  Fields: station, observed_at, temp_f, dew_point_f, humidity_pct, wind_dir_deg, wind_speed_mph, wind_gust_mph,
  precip_in (rain of the hour, inches), pressure_mb, visibility_miles, updated_at. Times are UTC. A value that was not
  measured is null.
  Observations may come a day or two late. An hour may be issued again: then it is in the list twice, with the same
  station and observed_at, and the one with the later updated_at counts. After an outage of a station its
  observations come a week or more late, with the updated_at at which they came. Observations that come in while you
  page through the list move records to the next page: you may get some twice. Fields may be added.

GET /v1/stations
  The stations: station, name, latitude, longitude, time_zone. Answer: {"data": [...]}. Not paginated.

Limits: 30 requests at once, then 15 a second. Beyond that the answer is 429 with the header Retry-After (seconds).
After 429, 500, 503 or no answer at all, repeat the request a little later; at most five attempts are needed.
""",
)

REFERENCE = FolderSystem(
    name="reference",
    documentation="""\
Drop folder of the reference data team
======================================
Names end in the date of delivery (YYYYMMDD). Files are UTF-8. In CSV files nothing between two commas is a missing
value. A file may be delivered again under its name, with the same rows; while it is being written, it is there in part.
Columns may be added, and change places.

airports_<date>.csv      Every airport with an IATA code. Delivered once. Where a code has several lines, the last line
                         of the file counts; earlier ones are copies or outdated.
airlines_<date>.csv      Every airline, a full file each day: the latest file counts. valid_from and valid_to are dates,
                         both inclusive; no valid_to: still valid. A code may belong to different airlines at different
                         times; it belongs to one at a time.
planes_<date>.jsonl.gz   Registered aircraft. The first file is full, later ones hold new and changed aircraft only.
                         Of a tail number's records the one with the latest effective_date counts. Some aircraft that
                         fly are not registered here.
""",
)

SYSTEMS = (OPERATIONS, WEATHER, REFERENCE)
