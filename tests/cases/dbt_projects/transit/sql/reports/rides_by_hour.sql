{{
    config(
        materialized='incremental', incremental_strategy='microbatch', event_time='hour', batch_size='day',
        begin='2024-03-01', lookback=2
    )
}}
select date_trunc('hour', began_at) as hour, line, count(*) as n_rides
from {{ ref('rides') }}
group by all
