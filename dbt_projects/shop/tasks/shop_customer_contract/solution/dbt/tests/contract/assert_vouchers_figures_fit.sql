-- First orders are orders, and free shipping is no discount.
select voucher_code
from {{ ref('voucher_results') }}
where
    n_first_orders < 0
    or n_first_orders > n_orders
    or first_order_share is distinct from n_first_orders / nullif(n_orders, 0)
    or (n_orders = 0 and (discount_eur_cents <> 0 or total_eur_cents <> 0))
    or (n_orders > 0 and total_eur_cents <= 0)
    or (voucher_kind = 'shipping' and discount_eur_cents <> 0)
    or (voucher_kind <> 'shipping' and n_orders > 0 and discount_eur_cents <= 0)
    or voucher_kind not in ('percent', 'fixed', 'shipping')
    or valid_from > valid_to
