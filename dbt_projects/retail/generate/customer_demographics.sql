select
    range as demo_sk,
    case range % 2 when 0 then 'F' else 'M' end as gender,
    ['S', 'M', 'D', 'W'][range % 4 + 1] as marital_status,
    ['Primary', 'Secondary', 'College', '2 yr Degree', '4 yr Degree'][range % 5 + 1] as education,
    ['Good', 'Low Risk', 'High Risk'][range % 3 + 1] as credit_rating,
    (range % 7)::integer as n_dependents
from range(1, 61)
