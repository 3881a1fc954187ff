"""Queries that SQL mutation operators are tried on."""

NOW = "2013-03-15T23:30:00Z"
ROWS = """
    create table main.rides as select * from (values
        (1, 'a', 10, 3, 2.0, timestamp '2013-03-15 01:00:00', timestamp '2013-03-15 02:30:00', ' Bay '),
        (2, 'a', 12, 5, 8.0, timestamp '2013-03-15 02:00:00', timestamp '2013-03-16 01:00:00', 'bay'),
        (3, 'b', 20, null, 4.5, timestamp '2013-03-16 03:00:00', timestamp '2013-03-16 04:10:00', 'Elm'),
        (4, 'b', 20, 9, 1.0, timestamp '2013-03-15 04:00:00', timestamp '2013-03-15 04:05:00', null),
        (5, 'c', 30, null, 7.0, timestamp '2013-03-15 05:00:00', null, 'Elm'),
        (6, 'c', 31, 1, 3.0, timestamp '2013-03-15 23:30:00', timestamp '2013-03-15 23:59:00', 'elm')
    ) as t (ride_id, line, fare, tip, miles, started_at, ended_at, place);
    create table main.lines as select * from (values
        ('a', 1, 'Avenue', 11), ('a', 2, 'Alley', 12), ('b', 1, 'Bay', 21), ('d', 1, 'Dock', 31)
    ) as t (line, zone, name, fare);
"""
TYPES = {
    "ride_id": "INTEGER", "line": "VARCHAR", "fare": "INTEGER", "tip": "INTEGER", "miles": "DECIMAL(2,1)",
    "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP", "place": "VARCHAR", "zone": "INTEGER", "name": "VARCHAR",
}  # fmt: skip
CASES = {
    "join_kind": "select r.ride_id, l.name from main.rides r left join main.lines l on r.line = l.line and l.zone = 1",
    "join_condition_dropped": "select r.ride_id, l.name from main.rides r join main.lines l "
    "on r.line = l.line and l.zone = 1",
    "fan_out": "select r.ride_id, l.name from main.rides r join main.lines l on r.line = l.line and l.zone = 1",
    "filter_dropped": "select ride_id from main.rides where fare > 12",
    "deduplication_dropped": "select line, fare from main.rides "
    "qualify row_number() over (partition by line order by ride_id) = 1",
    "distinct_lost": "select distinct line from main.rides",
    "union_kind": "select line from main.rides union all select line from main.lines",
    "group_column_dropped": "select line, fare, count(*) as n from main.rides group by line, fare",
    "and_or": "select ride_id from main.rides where fare > 12 and line = 'c'",
    "predicate_negated": "select ride_id, tip is null as is_free from main.rides where tip is null",
    "list_value_dropped": "select ride_id from main.rides where line in ('a', 'b')",
    "bound_moved": "select ride_id from main.rides where fare > 12",
    "constant_moved": "select ride_id, fare + 2 as n from main.rides",
    "sum_for_mean": "select line, sum(fare) as n from main.rides group by line",
    "extremes_swapped": "select line, min(ride_id) as n from main.rides group by line",
    "count_of_rows": "select line, count(tip) as n from main.rides group by line",
    "quantile_kind": "select quantile_disc(fare, 0.4) as n from main.rides",
    "coalesce_lost": "select ride_id, coalesce(tip, 0) as n from main.rides",
    "cleaning_lost": "select ride_id, trim(place) as p from main.rides",
    "case_branch_dropped": "select ride_id, case when fare > 20 then 'x' when fare > 10 then 'y' else 'z' end as k "
    "from main.rides",
    "case_branches_swapped": "select ride_id, case when fare > 20 then 'x' when fare > 10 then 'y' else 'z' end as k "
    "from main.rides",
    "division_kind": "select ride_id, fare / 7 as n from main.rides",
    "difference_turned": "select ride_id, fare - 7 as n from main.rides",
    "date_grain": "select ride_id, date_diff('hour', started_at, ended_at) as n from main.rides",
    "time_zone_dropped": "select ride_id, started_at at time zone 'America/New_York' as t from main.rides",
    "wrong_column": "select ride_id, fare as n, tip as m from main.rides",
    "window_order_turned": "select ride_id, row_number() over (order by fare, ride_id) as n from main.rides",
    "window_tie_broken_otherwise": "select ride_id, rank() over (order by line, fare, ride_id) as n from main.rides",
    "window_partition_dropped": "select ride_id, row_number() over (partition by line order by ride_id) as n "
    "from main.rides",
    "window_frame_dropped": "select ride_id, sum(fare) over (order by ride_id rows between 1 preceding and current row)"
    " as n from main.rides",
    "rank_kind": "select ride_id, row_number() over (order by line) as n from main.rides",
    "neighbour_swapped": "select ride_id, lag(fare) over (order by ride_id) as n from main.rides",
}
"""Operator -> a query in which it has something to do."""
DOUBLE = "select ride_id, miles::double / 2.0::double as n from main.rides"
