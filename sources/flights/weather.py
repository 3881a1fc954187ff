"""The weather service on one day: hourly observations, some of them late, some issued twice; and its stations."""

# Two issues of an hour have the same station and observed_at; the one with the latest updated_at counts.
OBSERVATIONS = """
    with issued as (
        select
            *,
            observed_at + to_minutes(4 + pick(key, 'observation lag', 12))
                + to_seconds(pick(key, 'observation second', 60))
                + to_minutes(case
                    when draw(key, 'observation late') < 0.06 then 900 + pick(key, 'observation late minutes', 2400)
                    else 0
                end) as first_issued_at,
            draw(key, 'observation issued again') < 0.1 as is_issued_again
        from truth_observations
    ),
    issues as (
        select
            issued.*, issue,
            issue = 1 and is_issued_again as is_wrong,
            first_issued_at + case
                when issue = 1 then interval 0 minutes
                else to_minutes(30 + pick(key, 'issued again minutes', case
                    when draw(key, 'issued again late') < 0.3 then 300 else 4300
                end))
            end as updated_at
        from issued
        cross join (values (1), (2)) as numbers (issue)
        where issue = 1 or is_issued_again
    )
    select
        station, observed_at,
        round(temp_f + case when is_wrong then 1.8 * wobble(key, 'wrong temperature', 5) else 0 end, 2) as temp_f,
        dew_point_f, humidity_pct, wind_dir_deg,
        case when is_wrong then 0.0 else wind_speed_mph end as wind_speed_mph,
        case when is_wrong then null else wind_gust_mph end as wind_gust_mph,
        case when is_wrong and draw(key, 'wrong rain') < 0.5 then precip_in + 0.05 else precip_in end as precip_in,
        pressure_mb,
        case when is_wrong then least(10.0, visibility_miles + 0.5) else visibility_miles end as visibility_miles,
        updated_at
    from issues
    where updated_at <= pinned_now()
    order by updated_at, station, observed_at
"""

STATIONS = """
    select
        iata_code as station, name, latitude::double as latitude, longitude::double as longitude, time_zone
    from base_airports
    where iata_code in ('EWR', 'JFK', 'LGA')
    order by station
"""
