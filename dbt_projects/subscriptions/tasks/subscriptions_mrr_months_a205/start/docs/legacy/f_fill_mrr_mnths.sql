-- rpt.f_fill_mrr_mnths()   PostgreSQL, cron of user dwh, every night at 01:40
-- JvD 2016-06  first version
-- HGr 2017-12  new names from the other department
-- HGr 2019-02  moved to the new server
CREATE OR REPLACE FUNCTION rpt.f_fill_mrr_mnths() RETURNS void AS $$
BEGIN

    -- 1) what comes in: customer months
    DROP TABLE IF EXISTS tmp_in_cust_mnths;
    CREATE TEMPORARY TABLE tmp_in_cust_mnths AS
    SELECT
        segment AS sgmnt,
        movement_kind AS mvmnt_kind,
        opening_mrr_eur_cents AS opnng_mrr_eur_cnts,
        closing_mrr_eur_cents AS clsng_mrr_eur_cnts,
        revenue_month AS rev_mth
    FROM intermediate.int_customer_months;

    -- 2) what comes in: subscription months
    DROP TABLE IF EXISTS tmp_in_sbscr_mnths;
    CREATE TEMPORARY TABLE tmp_in_sbscr_mnths AS
    SELECT
        subscription_id AS sbscr_key,
        plan_id AS plan_key,
        quantity AS qty,
        revenue_month AS rev_mth
    FROM intermediate.int_subscription_months;

    -- 3) what comes in: usage located
    DROP TABLE IF EXISTS tmp_in_usg_lctd;
    CREATE TEMPORARY TABLE tmp_in_usg_lctd AS
    SELECT
        workspace_id AS wrksp_key,
        quantity AS qty,
        is_metered AS flg_mtrd,
        usage_day AS usg_dy
    FROM intermediate.int_usage_located;

    -- 4) what comes in: entitlements
    DROP TABLE IF EXISTS tmp_in_enttl;
    CREATE TEMPORARY TABLE tmp_in_enttl AS
    SELECT
        workspace_id AS wrksp_key,
        extra_actions AS extr_actns,
        valid_from AS vld_from,
        valid_to AS vld_to
    FROM staging.stg_app__entitlements;

    -- 5) what comes in: workspaces
    DROP TABLE IF EXISTS tmp_in_wrksp;
    CREATE TEMPORARY TABLE tmp_in_wrksp AS
    SELECT
        workspace_id AS wrksp_key,
        subscription_id AS sbscr_key
    FROM staging.stg_app__workspaces;

    -- 6) what comes in: plans
    DROP TABLE IF EXISTS tmp_in_plns;
    CREATE TEMPORARY TABLE tmp_in_plns AS
    SELECT
        plan_id AS plan_key,
        included_seats AS incld_sts,
        included_actions AS incld_actns
    FROM staging.stg_billing__plans;

    -- 7) what comes in: mrr targets
    DROP TABLE IF EXISTS tmp_in_mrr_trgts;
    CREATE TEMPORARY TABLE tmp_in_mrr_trgts AS
    SELECT
        segment AS sgmnt,
        new_mrr_eur AS new_mrr_eur,
        expansion_mrr_eur AS expns_mrr_eur,
        lost_mrr_eur AS lost_mrr_eur,
        target_month AS trgt_mth
    FROM staging.stg_finance__mrr_targets;

    -- 8) what comes in: seat days
    DROP TABLE IF EXISTS tmp_in_seat_dys;
    CREATE TEMPORARY TABLE tmp_in_seat_dys AS
    SELECT
        workspace_id AS wrksp_key,
        seat_date AS seat_dt,
        n_seats_in_use AS cnt_sts_in_use
    FROM staging.stg_product__seat_days;

    -- 9) seat days
    DROP TABLE IF EXISTS tmp_seat_dys;
    CREATE TEMPORARY TABLE tmp_seat_dys AS
    SELECT
        wrksp_key,
        CAST(DATE_TRUNC('MONTH', seat_dt) AS DATE) AS usg_mth,
        MAX(cnt_sts_in_use) AS most_sts_in_use
    FROM tmp_in_seat_dys
    GROUP BY
        wrksp_key,
        CAST(DATE_TRUNC('MONTH', seat_dt) AS DATE);

    -- 10) used
    DROP TABLE IF EXISTS tmp_used;
    CREATE TEMPORARY TABLE tmp_used AS
    SELECT
        wrksp_key,
        CAST(DATE_TRUNC('MONTH', usg_dy) AS DATE) AS usg_mth,
        CAST(SUM(qty) AS BIGINT) AS cnt_actns,
        CAST(SUM(qty) FILTER (WHERE flg_mtrd) AS BIGINT) AS cnt_mtrd_actns
    FROM tmp_in_usg_lctd
    GROUP BY
        wrksp_key,
        CAST(DATE_TRUNC('MONTH', usg_dy) AS DATE);

    -- 11) extra
    DROP TABLE IF EXISTS tmp_extr;
    CREATE TEMPORARY TABLE tmp_extr AS
    SELECT
        used.wrksp_key,
        used.usg_mth,
        CAST(SUM(enttl.extr_actns) AS BIGINT) AS cnt_extr_actns
    FROM tmp_used AS used
    INNER JOIN tmp_in_enttl AS enttl
        ON used.wrksp_key = enttl.wrksp_key
        AND enttl.vld_from <= CAST(DATE_TRUNC('MONTH', used.usg_mth) + INTERVAL '1 MONTH' - INTERVAL '1 DAY' AS DATE)
        AND (
            used.usg_mth <= enttl.vld_to OR enttl.vld_to IS NULL
        )
    GROUP BY
        used.wrksp_key,
        used.usg_mth;

    -- 12) joined
    DROP TABLE IF EXISTS tmp_jnd;
    CREATE TEMPORARY TABLE tmp_jnd AS
    SELECT
        used.wrksp_key,
        used.usg_mth,
        wrksp.sbscr_key,
        sbscr_mnths.plan_key,
        used.cnt_actns,
        COALESCE(used.cnt_mtrd_actns, 0) AS cnt_mtrd_actns,
        plns.incld_actns + COALESCE(extr.cnt_extr_actns, 0) AS cnt_allwd_actns,
        sbscr_mnths.qty AS cnt_sts,
        plns.incld_sts,
        seat_dys.most_sts_in_use
    FROM tmp_used AS used
    INNER JOIN tmp_in_wrksp AS wrksp
        ON used.wrksp_key = wrksp.wrksp_key
    INNER JOIN tmp_in_sbscr_mnths AS sbscr_mnths
        ON wrksp.sbscr_key = sbscr_mnths.sbscr_key AND used.usg_mth = sbscr_mnths.rev_mth
    INNER JOIN tmp_in_plns AS plns
        ON sbscr_mnths.plan_key = plns.plan_key
    LEFT JOIN tmp_extr AS extr
        ON used.wrksp_key = extr.wrksp_key AND used.usg_mth = extr.usg_mth
    LEFT JOIN tmp_seat_dys AS seat_dys
        ON used.wrksp_key = seat_dys.wrksp_key AND used.usg_mth = seat_dys.usg_mth;

    -- 13) usage against plan
    DROP TABLE IF EXISTS rpt.usg_agnst_plan;
    CREATE TABLE rpt.usg_agnst_plan AS
    SELECT
        *,
        CAST(cnt_mtrd_actns AS DOUBLE PRECISION) / cnt_allwd_actns AS used_shr,
        GREATEST(cnt_mtrd_actns - cnt_allwd_actns, 0) AS cnt_actns_bynd
    FROM tmp_jnd;

    -- 14) customer months
    DROP TABLE IF EXISTS tmp_cust_mnths;
    CREATE TEMPORARY TABLE tmp_cust_mnths AS
    SELECT
        *,
        clsng_mrr_eur_cnts - opnng_mrr_eur_cnts AS chng_eur_cnts
    FROM tmp_in_cust_mnths;

    -- 15) summed
    DROP TABLE IF EXISTS tmp_smmd;
    CREATE TEMPORARY TABLE tmp_smmd AS
    SELECT
        sgmnt,
        COUNT(*) FILTER (WHERE clsng_mrr_eur_cnts <> 0) AS cnt_pyng_cstmr,
        COUNT(*) FILTER (WHERE mvmnt_kind = 'churn') AS cnt_chrnd_cstmr,
        SUM(opnng_mrr_eur_cnts) AS opnng_mrr_eur_cnts,
        COALESCE(SUM(chng_eur_cnts) FILTER (WHERE mvmnt_kind = 'new'), 0) AS new_eur_cnts,
        COALESCE(SUM(chng_eur_cnts) FILTER (WHERE mvmnt_kind = 'reactivation'), 0) AS rctvt_eur_cnts,
        COALESCE(SUM(chng_eur_cnts) FILTER (WHERE mvmnt_kind = 'expansion'), 0) AS expns_eur_cnts,
        COALESCE(SUM(chng_eur_cnts) FILTER (WHERE mvmnt_kind = 'contraction'), 0) AS cntrc_eur_cnts,
        COALESCE(SUM(chng_eur_cnts) FILTER (WHERE mvmnt_kind = 'churn'), 0) AS chrn_eur_cnts,
        SUM(clsng_mrr_eur_cnts) AS clsng_mrr_eur_cnts,
        rev_mth
    FROM tmp_cust_mnths
    GROUP BY
        sgmnt,
        rev_mth;

    -- 16) mrr months
    DROP TABLE IF EXISTS rpt.mrr_mnths;
    CREATE TABLE rpt.mrr_mnths AS
    SELECT
        sgmnt,
        cnt_pyng_cstmr,
        cnt_chrnd_cstmr,
        CAST(opnng_mrr_eur_cnts AS BIGINT) AS opnng_mrr_eur_cnts,
        CAST(new_eur_cnts AS BIGINT) AS new_eur_cnts,
        CAST(rctvt_eur_cnts AS BIGINT) AS rctvt_eur_cnts,
        CAST(expns_eur_cnts AS BIGINT) AS expns_eur_cnts,
        CAST(cntrc_eur_cnts AS BIGINT) AS cntrc_eur_cnts,
        CAST(chrn_eur_cnts AS BIGINT) AS chrn_eur_cnts,
        CAST(clsng_mrr_eur_cnts AS BIGINT) AS clsng_mrr_eur_cnts,
        CAST((
            opnng_mrr_eur_cnts + expns_eur_cnts + cntrc_eur_cnts + chrn_eur_cnts
        ) AS DOUBLE PRECISION) / NULLIF(opnng_mrr_eur_cnts, 0) AS net_rtntn,
        rev_mth
    FROM tmp_smmd;

    -- 17) joined
    DROP TABLE IF EXISTS tmp_jnd2;
    CREATE TEMPORARY TABLE tmp_jnd2 AS
    SELECT
        trgts.trgt_mth,
        trgts.sgmnt,
        trgts.new_mrr_eur * 100 AS new_trgt_eur_cnts,
        actls.new_eur_cnts + actls.rctvt_eur_cnts AS new_act_eur_cnts,
        trgts.expns_mrr_eur * 100 AS expns_trgt_eur_cnts,
        actls.expns_eur_cnts AS expns_act_eur_cnts,
        trgts.lost_mrr_eur * 100 AS lost_trgt_eur_cnts,
        -(
            actls.cntrc_eur_cnts + actls.chrn_eur_cnts
        ) AS lost_act_eur_cnts
    FROM tmp_in_mrr_trgts AS trgts
    LEFT JOIN rpt.mrr_mnths AS actls
        ON trgts.trgt_mth = actls.rev_mth AND trgts.sgmnt = actls.sgmnt;

    -- 18) targets against actuals
    DROP TABLE IF EXISTS rpt.trgts_agnst_actls;
    CREATE TABLE rpt.trgts_agnst_actls AS
    SELECT
        *,
        CAST(new_act_eur_cnts AS DOUBLE PRECISION) / new_trgt_eur_cnts AS new_attnd_shr,
        CAST(expns_act_eur_cnts AS DOUBLE PRECISION) / expns_trgt_eur_cnts AS expns_attnd_shr,
        lost_trgt_eur_cnts - lost_act_eur_cnts AS lost_left_eur_cnts
    FROM tmp_jnd2;

END;
$$ LANGUAGE plpgsql;
