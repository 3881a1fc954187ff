select stop_code, line, platform from {{ ref('raw_calls') }}
