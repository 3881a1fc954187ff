select
    reason_sk,
    reason_text,
    is_fault
from (
    values
    (1, 'Did not like it', false), (2, 'Too large', false), (3, 'Arrived damaged', true), (4, 'Stopped working', true),
    (5, 'Wrong item', true), (6, 'Gift not wanted', false), (7, 'Parts missing', true), (8, 'No reason given', false)
) as listed (reason_sk, reason_text, is_fault)
