select * from {{ ref('sessions') }}
where "visitor_id" is null or "channel" is null or "landing_path" is null or "locale" is null or "n_events" is null or "n_product_views" is null or "duration_seconds" is null or "has_paid_order" is null or "session_date" is null or "started_at" is null or "ended_at" is null
