select "reason_id", "channel" from {{ ref('return_reasons') }}
group by "reason_id", "channel"
having count(*) > 1 or min("reason_id") is null or min("channel") is null
