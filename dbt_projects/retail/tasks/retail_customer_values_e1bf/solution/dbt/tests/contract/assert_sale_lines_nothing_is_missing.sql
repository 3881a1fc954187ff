select * from {{ ref('sale_lines') }}
where "channel" is null or "document_number" is null or "line_number" is null or "item_id" is null or "category" is null or "quantity" is null or "gross_cents" is null or "discount_cents" is null or "net_cents" is null or "cost_cents" is null or "margin_cents" is null or "sold_on" is null or "source_updated_at" is null
