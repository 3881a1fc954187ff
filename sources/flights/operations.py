"""The operations database on one day: schedules, departures and arrivals, as SQL over the truth.

A row version is there once its load time has passed, and a later version moves `updated_at` beyond every earlier
clock: so what an incremental extraction must fetch on a later day is exactly what changed.
"""

SCHEDULES = """
    with planned as (
        select
            *,
            (flight_date - 2)::timestamp at time zone 'UTC' + to_minutes(240 + pick(key, 'published', 300))
                as published_at,
            (flight_date - 1)::timestamp at time zone 'UTC' + to_minutes(600 + pick(key, 'finalised', 300))
                as finalised_at,
            draw(key, 'tail gap') as tail_gap_draw,
            draw(key, 'schedule tail') as tail_text_draw,
            -- What another aircraft of the carrier flies that day: the plan before a swap.
            lead(tail_number) over (partition by flight_date, carrier_code order by draw(key, 'swap'), key)
                as other_tail_number,
            draw(key, 'tail assigned late') < 0.2 as is_tail_assigned_late,
            draw(key, 'retimed') < 0.02 as is_retimed,
            5 * wobble(key, 'retimed minutes', 4) as retimed_minutes
        from truth_flights
    ),
    versions as (
        select
            *,
            pinned_now() >= finalised_at as is_final,
            case
                -- Missing here only where the departure has it; swapped likewise.
                when tail_gap_draw between 0.025 and 0.075 then tail_gap(draw(key, 'schedule tail gap'))
                when tail_gap_draw between 0.075 and 0.105
                    then tail_text(coalesce(other_tail_number, tail_number), tail_text_draw)
                else tail_text(tail_number, tail_text_draw)
            end as final_tail_number
        from planned
        where
            published_at <= pinned_now()
            -- A cancelled flight is deleted the day after it was due.
            and (departed_at is not null or flight_date >= as_of())
            and not (is_withdrawn and finalised_at <= pinned_now())
    ),
    known as (
        select
            *,
            not is_final and is_retimed as has_old_times,
            to_minutes(case when not is_final and is_retimed then retimed_minutes else 0 end) as shift
        from versions
    )
    select
        flight_id, carrier_code, flight_number,
        case when is_tail_assigned_late and not is_final then null else final_tail_number end as tail_number,
        origin, destination,
        (scheduled_departure_at + shift) at time zone 'America/New_York' as scheduled_departure_local,
        (scheduled_arrival_at + shift) at time zone destination_zone as scheduled_arrival_local,
        distance_miles,
        case when is_final and (is_tail_assigned_late or is_retimed) then finalised_at else published_at end
            as updated_at
    from known
    order by flight_id
"""

# A flight has one message, or two: the second one, sent again, is the one that counts. A message without a second one
# may be corrected later. A first message may be touched after the second was sent, without any change of value.
DEPARTURES = """
    with flown as (
        select
            *,
            draw(key, 'departure sent again') < 0.025 as is_sent_again,
            draw(key, 'departure corrected') < 0.018 as is_wrong,
            departed_at + to_minutes(1 + pick(key, 'departure lag', 14)) + to_seconds(pick(key, 'departure second', 60))
                + to_minutes(case when draw(key, 'departure late') < 0.04
                    then 120 + pick(key, 'departure late minutes', 720) else 0 end) as first_recorded_at,
            draw(key, 'second message') as second_draw,
            draw(key, 'tail gap') < 0.025 as has_tail_gap
        from truth_flights
        where departed_at <= pinned_now()
    ),
    messages as (
        select
            flown.*, message,
            case
                when message = 1 or second_draw < 0.12 then first_recorded_at
                when second_draw < 0.65 then first_recorded_at + to_minutes(10 + pick(key, 'second minutes', 170))
                else first_recorded_at + to_minutes(1080 + pick(key, 'second late minutes', 1320))
            end as recorded_at,
            draw(key, 'departure format ' || message) as format_draw,
            draw(key, 'departure tail ' || message) as tail_text_draw,
            nine_digits('departure', 2 * key) as one_id,
            nine_digits('departure', 2 * key + 1) as other_id
        from flown
        cross join (values (1), (2)) as numbers (message)
        where message = 1 or is_sent_again
    ),
    revisions as (
        select
            *,
            case
                -- Recorded at the same time: the greater identifier is the second message.
                when is_sent_again and second_draw < 0.12 and message = 1 then least(one_id, other_id)
                when is_sent_again and second_draw < 0.12 then greatest(one_id, other_id)
                when message = 1 then one_id
                else other_id
            end as departure_id,
            case
                when is_sent_again and message = 1 and draw(key, 'first message differs') < 0.6
                    then wobble(key, 'first message minutes', 10)
                when not is_sent_again and is_wrong then wobble(key, 'departure mistake', 15)
                else 0
            end as mistake_minutes,
            case
                when is_sent_again and message = 1 and draw(key, 'first message touched') < 0.3
                    then recorded_at + to_minutes(2880 + pick(key, 'touched minutes', 2880))
                when not is_sent_again and is_wrong
                    then recorded_at + to_minutes(
                        1440 * (1 + pick(key, 'departure correction days', 9)) + pick(key, 'correction minutes', 600)
                    )
            end as revised_at
        from messages
        where recorded_at <= pinned_now()
    )
    select
        departure_id, flight_id,
        case
            when has_tail_gap and (message = 2 or not is_sent_again) then tail_gap(draw(key, 'departure tail gap'))
            when message = 1 and is_sent_again and draw(key, 'first message tail') < 0.15 then null
            else tail_text(tail_number, tail_text_draw)
        end as tail_number,
        clock_text(
            (departed_at + to_minutes(case
                when is_sent_again or not coalesce(revised_at <= pinned_now(), false) then mistake_minutes else 0
            end)) at time zone 'America/New_York',
            format_draw
        ) as departed_at,
        recorded_at,
        case when revised_at <= pinned_now() then revised_at else recorded_at end as updated_at
    from revisions
    order by departure_id
"""

# An arrival is never known before the departure's first message.
ARRIVALS = """
    with landed as (
        select
            *,
            draw(key, 'arrival late') as late_draw,
            draw(key, 'arrival format') as format_draw,
            draw(key, 'arrival corrected') < 0.02 as is_wrong,
            departed_at + to_minutes(1 + pick(key, 'departure lag', 14)) + to_seconds(pick(key, 'departure second', 60))
                + to_minutes(case when draw(key, 'departure late') < 0.04
                    then 120 + pick(key, 'departure late minutes', 720) else 0 end) as departure_recorded_at
        from truth_flights
        where arrived_at <= pinned_now()
    ),
    recorded as (
        select
            *,
            greatest(
                departure_recorded_at + interval 1 minute,
                arrived_at + to_minutes(1 + pick(key, 'arrival lag', 14)) + to_seconds(pick(key, 'arrival second', 60))
            ) + to_minutes(case
                when late_draw < 0.03 then 960 + pick(key, 'arrival late minutes', 1440)
                when late_draw < 0.035 then 4320 + pick(key, 'arrival very late minutes', 4320)
                else 0
            end) as recorded_at
        from landed
    ),
    revisions as (
        select
            *,
            case when is_wrong then recorded_at + to_minutes(
                1440 * (1 + pick(key, 'arrival correction days', 9)) + pick(key, 'arrival correction minutes', 600)
            ) end as revised_at,
            case when draw(key, 'arrival mistake side') < 0.7
                then 5 + pick(key, 'arrival mistake', 36) else -(3 + pick(key, 'arrival mistake', 10))
            end as mistake_minutes
        from recorded
        where recorded_at <= pinned_now()
    )
    select
        nine_digits('arrival', key) as arrival_id, flight_id,
        clock_text(
            (arrived_at + to_minutes(case
                when is_wrong and revised_at > pinned_now() then mistake_minutes else 0
            end)) at time zone destination_zone,
            format_draw
        ) as arrived_at,
        air_time_minutes, recorded_at,
        case when revised_at <= pinned_now() then revised_at else recorded_at end as updated_at
    from revisions
    order by arrival_id
"""
