-- rpt.sp_build_cstmr()   PostgreSQL, cron of user dwh, every night at 03:05
-- mw 2016-09  first version
-- JvD 2017-09  the case that nobody had thought of
-- HGr 2019-11  new names from the other department
CREATE OR REPLACE FUNCTION rpt.sp_build_cstmr() RETURNS void AS $$
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

    -- 2) what comes in: tickets timed
    DROP TABLE IF EXISTS tmp_in_tckts_tmd;
    CREATE TEMPORARY TABLE tmp_in_tckts_tmd AS
    SELECT
        ticket_id AS tckt_key,
        workspace_id AS wrksp_key,
        priority AS prrty,
        ticket_status AS tckt_stat,
        channel AS chnl,
        n_customer_messages AS cnt_cust_mssgs,
        n_agent_messages AS cnt_agnt_mssgs,
        n_agents AS cnt_agnts,
        n_attachments AS cnt_attch,
        rating AS rtng,
        first_answer_minutes AS fst_answr_mins,
        is_vip AS flg_vip,
        opened_on AS opnd_dy,
        created_at AS crtd_tm,
        first_answered_at AS fst_answr_tm,
        solved_at AS slvd_tm
    FROM intermediate.int_tickets_timed;

    -- 3) what comes in: invoices
    DROP TABLE IF EXISTS tmp_in_invcs;
    CREATE TEMPORARY TABLE tmp_in_invcs AS
    SELECT
        customer_id AS cust_key,
        subscription_id AS sbscr_key,
        invoice_status AS invc_stat,
        currency AS curr,
        total_cents AS tot_cnts,
        credited_cents AS crdtd_cnts,
        paid_cents AS pd_cnts,
        issued_on AS issd_dy
    FROM marts.invoices;

    -- 4) what comes in: workspaces
    DROP TABLE IF EXISTS tmp_in_wrksp;
    CREATE TEMPORARY TABLE tmp_in_wrksp AS
    SELECT
        workspace_id AS wrksp_key,
        subscription_id AS sbscr_key,
        created_at AS crtd_tm
    FROM staging.stg_app__workspaces;

    -- 5) what comes in: customers
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

    -- 6) what comes in: subscriptions
    DROP TABLE IF EXISTS tmp_in_sbscr;
    CREATE TEMPORARY TABLE tmp_in_sbscr AS
    SELECT
        subscription_id AS sbscr_key,
        customer_id AS cust_key,
        subscription_status AS sbscr_stat,
        created_at AS crtd_tm
    FROM staging.stg_billing__subscriptions;

    -- 7) what comes in: accounts
    DROP TABLE IF EXISTS tmp_in_accnt;
    CREATE TEMPORARY TABLE tmp_in_accnt AS
    SELECT
        account_id AS acct_key,
        segment AS sgmnt,
        country_code AS ctry_cd,
        owner_id AS ownr_key,
        created_at AS crtd_tm
    FROM staging.stg_crm__accounts;

    -- 8) what comes in: owners
    DROP TABLE IF EXISTS tmp_in_ownrs;
    CREATE TEMPORARY TABLE tmp_in_ownrs AS
    SELECT
        owner_id AS ownr_key,
        owner_name AS ownr_nm
    FROM staging.stg_crm__owners;

    -- 9) tickets
    DROP TABLE IF EXISTS rpt.tckts;
    CREATE TABLE rpt.tckts AS
    SELECT
        tckts.tckt_key,
        sbscr.cust_key,
        tckts.wrksp_key,
        tckts.prrty,
        tckts.tckt_stat,
        tckts.chnl,
        tckts.cnt_cust_mssgs,
        tckts.cnt_agnt_mssgs,
        tckts.cnt_agnts,
        tckts.cnt_attch,
        tckts.rtng,
        tckts.fst_answr_mins,
        CASE
            WHEN tckts.prrty = 'urgent'
            THEN 120
            WHEN tckts.prrty = 'high'
            THEN 480
            ELSE 1440
        END AS prmsd_mins,
        tckts.flg_vip,
        tckts.opnd_dy,
        tckts.crtd_tm,
        tckts.fst_answr_tm,
        tckts.slvd_tm
    FROM tmp_in_tckts_tmd AS tckts
    INNER JOIN tmp_in_wrksp AS wrksp
        ON tckts.wrksp_key = wrksp.wrksp_key
    INNER JOIN tmp_in_sbscr AS sbscr
        ON wrksp.sbscr_key = sbscr.sbscr_key;

    -- 10) aggregated
    DROP TABLE IF EXISTS tmp_aggrg;
    CREATE TEMPORARY TABLE tmp_aggrg AS
    SELECT
        cust_key,
        CAST(DATE_TRUNC('WEEK', opnd_dy) AS DATE) AS wk_strt,
        COUNT(*) AS cnt_tckts,
        COUNT(*) FILTER (WHERE prrty IN ('high', 'urgent')) AS cnt_prssn_tckts,
        COUNT(*) FILTER (WHERE tckt_stat = 'solved') AS cnt_slvd_tckts,
        COUNT(fst_answr_mins) AS cnt_answr_tckts,
        COUNT(*) FILTER (WHERE fst_answr_mins <= prmsd_mins) AS cnt_answr_in_time,
        CAST(SUM(cnt_cust_mssgs + cnt_agnt_mssgs) AS BIGINT) AS cnt_mssgs,
        CAST(SUM(cnt_attch) AS BIGINT) AS cnt_attch,
        MAX(fst_answr_mins) AS lngst_fst_answr_mins,
        CAST(SUM(rtng) AS BIGINT) AS sum_of_rtngs,
        COUNT(rtng) AS cnt_rtd_tckts
    FROM rpt.tckts
    GROUP BY
        cust_key,
        CAST(DATE_TRUNC('WEEK', opnd_dy) AS DATE);

    -- 11) support load
    DROP TABLE IF EXISTS rpt.spprt_load;
    CREATE TABLE rpt.spprt_load AS
    SELECT
        *,
        CAST(cnt_answr_in_time AS DOUBLE PRECISION) / NULLIF(cnt_answr_tckts, 0) AS in_time_shr,
        CAST(sum_of_rtngs AS DOUBLE PRECISION) / cnt_rtd_tckts AS mean_rtng
    FROM tmp_aggrg;

    -- 12) customer months
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

    -- 13) invoices
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

    -- 14) subscriptions
    DROP TABLE IF EXISTS tmp_sbscr;
    CREATE TEMPORARY TABLE tmp_sbscr AS
    SELECT
        cust_key,
        COUNT(*) AS cnt_sbscr,
        COUNT(*) FILTER (WHERE sbscr_stat = 'active') AS cnt_actv_sbscr
    FROM tmp_in_sbscr
    GROUP BY
        cust_key;

    -- 15) tickets
    DROP TABLE IF EXISTS tmp_tckts2;
    CREATE TEMPORARY TABLE tmp_tckts2 AS
    SELECT
        cust_key,
        COUNT(*) AS cnt_tckts
    FROM rpt.tckts
    GROUP BY
        cust_key;

    -- 16) customers
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
    LEFT JOIN tmp_tckts2 AS tckts
        ON cstmr.cust_key = tckts.cust_key
    WHERE
        NOT cstmr.flg_test;

END;
$$ LANGUAGE plpgsql;
