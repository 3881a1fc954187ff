-- One row per voucher.
select voucher_code
from {{ ref('voucher_results') }}
group by voucher_code
having count(*) > 1 or voucher_code is null
