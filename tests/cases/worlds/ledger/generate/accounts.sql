select unnest(['cash', 'bank', 'sales', 'loans']) as account_id, unnest(['Cash', 'Bank', 'Sales', 'Loans']) as title
