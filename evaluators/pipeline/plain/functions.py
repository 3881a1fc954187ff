"""Functions of DuckDB that compute a value from their arguments and from nothing else, and words that stand before `(`.

Functions that are left out read files, settings, sequences, the catalog or the machine, run a text as SQL (`histogram`
is also a macro that reads the table that a text names), give now this and now that, or raise errors on purpose.
"""

FUNCTIONS = frozenset(
    """
    abs age any_value approx_count_distinct arbitrary arg_max arg_max_null arg_min arg_min_null
    array_agg array_contains array_length array_slice array_to_string array_unique avg bit_and bit_or bit_xor
    bool_and bool_or cast cbrt ceil ceiling century chr coalesce concat concat_ws contains corr count count_if
    count_star covar_pop covar_samp cume_dist damerau_levenshtein date date_add date_diff date_part date_sub
    date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear dense_rank
    editdist3 ends_with entropy epoch epoch_ms epoch_us even exp extract factorial favg fdiv first first_value
    flatten floor format fsum gcd generate_series greatest group_concat grouping hash hour if ifnull
    instr isfinite isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json_array_length
    json_extract json_extract_string json_keys json_type json_valid julian kurtosis lag last last_day last_value
    lcase lcm lead least left len length levenshtein list list_aggregate list_any_value list_apply list_avg
    list_concat list_contains list_count list_distinct list_extract list_filter list_has list_max list_min
    list_position list_reduce list_reverse list_slice list_sort list_sum list_transform list_unique list_value
    listagg ln log log10 log2 lower lpad ltrim mad make_date make_time make_timestamp max max_by md5 mean median
    microsecond millisecond min min_by minute mod mode month monthname nth_value ntile nullif octet_length
    percent_rank percentile_cont percentile_disc position pow power prefix product quantile quantile_cont
    quantile_disc quarter range rank regexp_extract regexp_extract_all regexp_full_match regexp_matches
    regexp_replace regexp_split_to_array repeat replace reverse right round row_number rpad rtrim second sign
    skewness split split_part sqrt starts_with stddev stddev_pop stddev_samp str_split strftime string_agg
    string_split strip_accents strlen strpos strptime struct_extract struct_pack substr substring sum suffix
    time_bucket timezone to_days to_hours to_milliseconds to_minutes to_months to_seconds to_timestamp to_weeks
    to_years translate trim trunc try_cast try_strptime ucase unnest upper var_pop var_samp variance week
    weekday weekofyear year yearweek
    """.split()  # noqa: SIM905 - a list of 200 strings would be 200 lines
)
KEYWORDS = frozenset(
    """
    all and any as between by case char columns cross decimal distinct else end except exclude exists filter
    from full group having ilike in inner intersect interval is join lateral left like limit materialized not
    null numeric offset on or order outer over partition qualify replace right select semi anti asof sets
    similar some struct then union using values varchar when where window with within rollup cube
    """.split()  # noqa: SIM905 - a list of 200 strings would be 200 lines
)
"""Words of SQL before a parenthesis."""

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
"""Those among the functions that may stand where a table does."""
