select
    text_identifier('event', sub__ * 10 + step__, 'evt_') as event_id,
    subscription_id__ as subscription_id,
    kind__ as kind,
    {'price_id': price_id__, 'quantity': seats__, 'discount_percent': discount_percent__} as after,
    at__ as occurred_at,
    at__ + to_seconds(2 + pick([sub__, step__], 'until recorded', 300)) as recorded_at,
    sub__,
    step__
from steps
