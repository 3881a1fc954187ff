-- rpt.sp_build_cmpgn_rslts()   PostgreSQL, cron of user dwh, every night at 02:10
-- mw 2015-06  first version
-- mw 2017-09  runs before the backup now
-- mw 2019-07  as agreed in the meeting of the 12th
CREATE OR REPLACE FUNCTION rpt.sp_build_cmpgn_rslts() RETURNS void AS $$
BEGIN

    -- 1) what comes in: customer months
    DROP TABLE IF EXISTS tmp_in_cust_mnths;
    CREATE TEMPORARY TABLE tmp_in_cust_mnths AS
    SELECT
        customer_id AS cust_key,
        segment AS sgmnt,
        currency AS curr,
        closing_mrr_eur_cents AS clsng_mrr_eur_cnts,
        revenue_month AS rev_mth
    FROM intermediate.int_customer_months;

    -- 2) what comes in: opportunity paths
    DROP TABLE IF EXISTS tmp_in_opprt_pths;
    CREATE TEMPORARY TABLE tmp_in_opprt_pths AS
    SELECT
        opportunity_id AS opprt_key,
        account_id AS acct_key,
        owner_id AS ownr_key,
        campaign_id AS cmpgn_key,
        opportunity_kind AS opprt_kind,
        last_stage AS lst_stg,
        amount_eur_cents AS amt_eur_cnts,
        n_steps_back AS cnt_stps_back,
        created_at AS crtd_tm,
        qualified_at AS qlfd_tm,
        won_at AS won_tm,
        lost_at AS lost_tm
    FROM intermediate.int_opportunity_paths;

    -- 3) what comes in: subscription states
    DROP TABLE IF EXISTS tmp_in_sbscr_stts;
    CREATE TEMPORARY TABLE tmp_in_sbscr_stts AS
    SELECT
        customer_id AS cust_key,
        event_kind AS evnt_kind,
        valid_from AS vld_from
    FROM intermediate.int_subscription_states;

    -- 4) what comes in: invoices
    DROP TABLE IF EXISTS tmp_in_invcs;
    CREATE TEMPORARY TABLE tmp_in_invcs AS
    SELECT
        customer_id AS cust_key,
        invoice_status AS invc_stat,
        currency AS curr,
        total_cents AS tot_cnts,
        credited_cents AS crdtd_cnts,
        paid_cents AS pd_cnts,
        issued_on AS issd_dy,
        collected_at AS cllct_tm
    FROM marts.invoices;

    -- 5) what comes in: tickets
    DROP TABLE IF EXISTS tmp_in_tckts;
    CREATE TEMPORARY TABLE tmp_in_tckts AS
    SELECT
        customer_id AS cust_key,
        created_at AS crtd_tm
    FROM marts.tickets;

    -- 6) what comes in: customers
    DROP TABLE IF EXISTS tmp_in_cstmr;
    CREATE TEMPORARY TABLE tmp_in_cstmr AS
    SELECT
        customer_id AS cust_key,
        account_id AS acct_key,
        customer_name AS cust_nm,
        email AS eml,
        country_code AS ctry_cd,
        currency AS curr,
        is_test AS flg_test,
        created_at AS crtd_tm
    FROM staging.stg_billing__customers;

    -- 7) what comes in: subscriptions
    DROP TABLE IF EXISTS tmp_in_sbscr;
    CREATE TEMPORARY TABLE tmp_in_sbscr AS
    SELECT
        customer_id AS cust_key,
        subscription_status AS sbscr_stat,
        created_at AS crtd_tm
    FROM staging.stg_billing__subscriptions;

    -- 8) what comes in: accounts
    DROP TABLE IF EXISTS tmp_in_accnt;
    CREATE TEMPORARY TABLE tmp_in_accnt AS
    SELECT
        account_id AS acct_key,
        segment AS sgmnt,
        country_code AS ctry_cd,
        owner_id AS ownr_key,
        created_at AS crtd_tm
    FROM staging.stg_crm__accounts;

    -- 9) what comes in: campaigns
    DROP TABLE IF EXISTS tmp_in_cmpgn;
    CREATE TEMPORARY TABLE tmp_in_cmpgn AS
    SELECT
        campaign_id AS cmpgn_key,
        campaign_name AS cmpgn_nm,
        campaign_channel AS cmpgn_chnl,
        cost_eur_cents AS cost_eur_cnts
    FROM staging.stg_crm__campaigns;

    -- 10) what comes in: owners
    DROP TABLE IF EXISTS tmp_in_ownrs;
    CREATE TEMPORARY TABLE tmp_in_ownrs AS
    SELECT
        owner_id AS ownr_key,
        owner_name AS ownr_nm
    FROM staging.stg_crm__owners;

    -- 11) paths
    DROP TABLE IF EXISTS tmp_pths;
    CREATE TEMPORARY TABLE tmp_pths AS
    SELECT
        cmpgn_key,
        COUNT(*) AS cnt_opprt,
        COUNT(won_tm) AS cnt_won,
        COUNT(lost_tm) AS cnt_lost,
        CAST(SUM(amt_eur_cnts) FILTER (WHERE won_tm IS NOT NULL) AS BIGINT) AS won_eur_cnts,
        CAST(SUM(cnt_stps_back) AS BIGINT) AS cnt_stps_back
    FROM tmp_in_opprt_pths
    GROUP BY
        cmpgn_key;

    -- 12) campaign results
    DROP TABLE IF EXISTS rpt.cmpgn_rslts;
    CREATE TABLE rpt.cmpgn_rslts AS
    SELECT
        cmpgn.cmpgn_key,
        cmpgn.cmpgn_nm,
        cmpgn.cmpgn_chnl,
        COALESCE(pths.cnt_opprt, 0) AS cnt_opprt,
        COALESCE(pths.cnt_won, 0) AS cnt_won,
        COALESCE(pths.cnt_lost, 0) AS cnt_lost,
        COALESCE(pths.cnt_stps_back, 0) AS cnt_stps_back,
        COALESCE(pths.won_eur_cnts, 0) AS won_eur_cnts,
        cmpgn.cost_eur_cnts,
        CAST(cmpgn.cost_eur_cnts AS DOUBLE PRECISION) / NULLIF(pths.cnt_won, 0) AS cost_per_won_eur_cnts
    FROM tmp_in_cmpgn AS cmpgn
    LEFT JOIN tmp_pths AS pths
        ON cmpgn.cmpgn_key = pths.cmpgn_key;

    -- 13) first states
    DROP TABLE IF EXISTS tmp_fst_stts;
    CREATE TEMPORARY TABLE tmp_fst_stts AS
    SELECT
        cust_key,
        MIN(vld_from) FILTER (WHERE evnt_kind = 'activated') AS actvt_tm
    FROM tmp_in_sbscr_stts
    GROUP BY
        cust_key;

    -- 14) first invoices
    DROP TABLE IF EXISTS tmp_fst_invcs;
    CREATE TEMPORARY TABLE tmp_fst_invcs AS
    SELECT
        cust_key,
        MIN(issd_dy) AS fst_issd_dy,
        MIN(cllct_tm) AS fst_cllct_tm,
        COUNT(*) FILTER (WHERE invc_stat = 'paid') AS cnt_pd_invcs
    FROM tmp_in_invcs
    GROUP BY
        cust_key;

    -- 15) lead to cash
    DROP TABLE IF EXISTS rpt.lead_to_cash;
    CREATE TABLE rpt.lead_to_cash AS
    SELECT
        pths.opprt_key,
        pths.acct_key,
        accnt.sgmnt,
        cstmr.cust_key,
        pths.cmpgn_key,
        CASE
            WHEN fst_invcs.fst_cllct_tm IS NOT NULL
            THEN 'paid'
            WHEN fst_invcs.fst_issd_dy IS NOT NULL
            THEN 'billed'
            WHEN fst_stts.actvt_tm IS NOT NULL
            THEN 'active'
            WHEN fst_stts.cust_key IS NOT NULL
            THEN 'trial'
            ELSE pths.lst_stg
        END AS fnnl_stt,
        pths.amt_eur_cnts,
        COALESCE(fst_invcs.cnt_pd_invcs, 0) AS cnt_pd_invcs,
        (
            CAST(pths.qlfd_tm AS DATE) - CAST(pths.crtd_tm AS DATE)
        ) AS dys_to_qlfd,
        (
            CAST(pths.won_tm AS DATE) - CAST(pths.crtd_tm AS DATE)
        ) AS dys_to_won,
        (
            CAST(fst_stts.actvt_tm AS DATE) - CAST(pths.won_tm AS DATE)
        ) AS dys_to_actv,
        (
            CAST(fst_invcs.fst_cllct_tm AS DATE) - CAST(pths.won_tm AS DATE)
        ) AS dys_to_cash,
        pths.crtd_tm,
        pths.won_tm,
        fst_stts.actvt_tm,
        fst_invcs.fst_issd_dy,
        fst_invcs.fst_cllct_tm
    FROM tmp_in_opprt_pths AS pths
    INNER JOIN tmp_in_accnt AS accnt
        ON pths.acct_key = accnt.acct_key
    LEFT JOIN tmp_in_cstmr AS cstmr
        ON pths.acct_key = cstmr.acct_key
    LEFT JOIN tmp_fst_stts AS fst_stts
        ON cstmr.cust_key = fst_stts.cust_key
    LEFT JOIN tmp_fst_invcs AS fst_invcs
        ON cstmr.cust_key = fst_invcs.cust_key
    WHERE
        pths.opprt_kind = 'new_business';

    -- 16) customer months
    DROP TABLE IF EXISTS tmp_cust_mnths;
    CREATE TEMPORARY TABLE tmp_cust_mnths AS
    SELECT
        cust_key,
        (
            ARRAY_AGG(clsng_mrr_eur_cnts ORDER BY rev_mth DESC NULLS LAST)
        )[1] AS mrr_eur_cnts,
        MAX(clsng_mrr_eur_cnts) AS hghst_mrr_eur_cnts,
        MIN(rev_mth) FILTER (WHERE clsng_mrr_eur_cnts <> 0) AS fst_pd_mth
    FROM tmp_in_cust_mnths
    GROUP BY
        cust_key;

    -- 17) invoices
    DROP TABLE IF EXISTS tmp_invcs;
    CREATE TEMPORARY TABLE tmp_invcs AS
    SELECT
        cust_key,
        COUNT(*) FILTER (WHERE invc_stat IN ('open', 'uncollectible')) AS cnt_unpd_invcs,
        CAST(SUM(tot_cnts - crdtd_cnts - pd_cnts) FILTER (WHERE invc_stat IN ('open', 'uncollectible')) AS BIGINT) AS unpd_cnts,
        MAX(issd_dy) AS lst_issd_dy
    FROM tmp_in_invcs
    GROUP BY
        cust_key;

    -- 18) subscriptions
    DROP TABLE IF EXISTS tmp_sbscr;
    CREATE TEMPORARY TABLE tmp_sbscr AS
    SELECT
        cust_key,
        COUNT(*) AS cnt_sbscr,
        COUNT(*) FILTER (WHERE sbscr_stat = 'active') AS cnt_actv_sbscr
    FROM tmp_in_sbscr
    GROUP BY
        cust_key;

    -- 19) tickets
    DROP TABLE IF EXISTS tmp_tckts;
    CREATE TEMPORARY TABLE tmp_tckts AS
    SELECT
        cust_key,
        COUNT(*) AS cnt_tckts
    FROM tmp_in_tckts
    GROUP BY
        cust_key;

    -- 20) customers
    DROP TABLE IF EXISTS rpt.cstmr;
    CREATE TABLE rpt.cstmr AS
    SELECT
        cstmr.cust_key,
        cstmr.cust_nm,
        cstmr.eml,
        cstmr.ctry_cd,
        cstmr.curr,
        COALESCE(accnt.sgmnt, 'self_serve') AS sgmnt,
        ownrs.ownr_nm,
        COALESCE(sbscr.cnt_sbscr, 0) AS cnt_sbscr,
        COALESCE(sbscr.cnt_actv_sbscr, 0) AS cnt_actv_sbscr,
        COALESCE(cust_mnths.mrr_eur_cnts, 0) AS mrr_eur_cnts,
        COALESCE(cust_mnths.hghst_mrr_eur_cnts, 0) AS hghst_mrr_eur_cnts,
        COALESCE(invcs.cnt_unpd_invcs, 0) AS cnt_unpd_invcs,
        COALESCE(invcs.unpd_cnts, 0) AS unpd_cnts,
        COALESCE(tckts.cnt_tckts, 0) AS cnt_tckts,
        CAST(cstmr.crtd_tm AS DATE) AS sgnd_up_dy,
        cust_mnths.fst_pd_mth,
        invcs.lst_issd_dy
    FROM tmp_in_cstmr AS cstmr
    LEFT JOIN tmp_in_accnt AS accnt
        ON cstmr.acct_key = accnt.acct_key
    LEFT JOIN tmp_in_ownrs AS ownrs
        ON accnt.ownr_key = ownrs.ownr_key
    LEFT JOIN tmp_sbscr AS sbscr
        ON cstmr.cust_key = sbscr.cust_key
    LEFT JOIN tmp_cust_mnths AS cust_mnths
        ON cstmr.cust_key = cust_mnths.cust_key
    LEFT JOIN tmp_invcs AS invcs
        ON cstmr.cust_key = invcs.cust_key
    LEFT JOIN tmp_tckts AS tckts
        ON cstmr.cust_key = tckts.cust_key
    WHERE
        NOT cstmr.flg_test;

END;
$$ LANGUAGE plpgsql;
