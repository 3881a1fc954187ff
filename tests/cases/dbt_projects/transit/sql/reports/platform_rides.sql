select calls.stop_code, calls.line, '{{ var("city") }}' as city, any_value(calls.platform) as platform, count(rides.ride_no) as n_rides
from {{ ref('calls') }} as calls
left join {{ ref('rides') }} as rides using (stop_code, line)
left join {{ ref('city_parts') }} as parts on calls.stop_code = parts.first_stop
group by all
