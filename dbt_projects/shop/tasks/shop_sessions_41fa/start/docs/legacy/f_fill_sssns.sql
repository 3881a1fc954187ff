-- rpt.f_fill_sssns()   PostgreSQL, cron of user dwh, every night at 01:40
-- KB 2016-08  first version
-- mw 2017-02  new names from the other department
-- KB 2018-05  moved to the new server
CREATE OR REPLACE FUNCTION rpt.f_fill_sssns() RETURNS void AS $$
BEGIN

    -- 1) what comes in: order lines converted
    DROP TABLE IF EXISTS tmp_in_ord_lns_cnvrt;
    CREATE TEMPORARY TABLE tmp_in_ord_lns_cnvrt AS
    SELECT
        order_id AS ord_key,
        customer_id AS cust_key,
        revenue_eur_cents AS rev_eur_cnts,
        refunded_eur_cents AS rfdd_eur_cnts,
        order_date AS ord_dt
    FROM intermediate.int_order_lines_converted;

    -- 2) what comes in: page views sessionized
    DROP TABLE IF EXISTS tmp_in_page_vws_sssnz;
    CREATE TEMPORARY TABLE tmp_in_page_vws_sssnz AS
    SELECT
        session_id AS sssn_key,
        visitor_id AS vstr_key,
        page_path AS page_path,
        locale AS lcl,
        referrer AS rfrrr,
        utm_medium AS utm_mdm,
        utm_campaign AS utm_cmpgn,
        order_number AS ord_no,
        event_number AS evnt_no,
        occurred_at AS occrr_tm
    FROM intermediate.int_page_views_sessionized;

    -- 3) what comes in: rates by day
    DROP TABLE IF EXISTS tmp_in_rts_by_dy;
    CREATE TEMPORARY TABLE tmp_in_rts_by_dy AS
    SELECT
        currency AS curr,
        units_per_10000_eur AS unts_per_10000_eur,
        rate_day AS rt_dy
    FROM intermediate.int_rates_by_day;

    -- 4) what comes in: visitors identified
    DROP TABLE IF EXISTS tmp_in_vstrs_idntf;
    CREATE TEMPORARY TABLE tmp_in_vstrs_idntf AS
    SELECT
        visitor_id AS vstr_key,
        customer_id AS cust_key
    FROM intermediate.int_visitors_identified;

    -- 5) what comes in: orders
    DROP TABLE IF EXISTS tmp_in_ords;
    CREATE TEMPORARY TABLE tmp_in_ords AS
    SELECT
        order_id AS ord_key,
        customer_id AS cust_key,
        order_number AS ord_no,
        channel AS chnl,
        currency AS curr,
        is_paid AS flg_pd,
        order_date AS ord_dt,
        placed_at AS plcd_tm
    FROM marts.orders;

    -- 6) what comes in: ad costs
    DROP TABLE IF EXISTS tmp_in_ad_csts;
    CREATE TEMPORARY TABLE tmp_in_ad_csts AS
    SELECT
        channel AS chnl,
        campaign AS cmpgn,
        currency AS curr,
        cost_cents AS cost_cnts,
        cost_date AS cost_dt
    FROM staging.stg_clickstream__ad_costs;

    -- 7) what comes in: orders
    DROP TABLE IF EXISTS tmp_in_ords2;
    CREATE TEMPORARY TABLE tmp_in_ords2 AS
    SELECT
        order_id AS ord_key,
        customer_id AS cust_key,
        order_number AS ord_no,
        channel AS chnl,
        currency AS curr,
        order_date AS ord_dt,
        placed_at AS plcd_tm
    FROM staging.stg_marketplace__orders;

    -- 8) aggregated
    DROP TABLE IF EXISTS tmp_aggrg;
    CREATE TEMPORARY TABLE tmp_aggrg AS
    SELECT
        sssn_key,
        vstr_key,
        (
            ARRAY_AGG(page_path ORDER BY evnt_no ASC)
        )[1] AS lndng_path,
        (
            ARRAY_AGG(lcl ORDER BY evnt_no ASC)
        )[1] AS lcl,
        MAX(rfrrr) FILTER (WHERE evnt_no = 1) AS rfrrr,
        MAX(utm_mdm) FILTER (WHERE evnt_no = 1) AS utm_mdm,
        MAX(utm_cmpgn) FILTER (WHERE evnt_no = 1) AS cmpgn,
        MAX(ord_no) AS ord_no,
        COUNT(*) AS cnt_evnts,
        COUNT(*) FILTER (WHERE page_path LIKE '/p/%') AS cnt_prod_vws,
        MIN(occrr_tm) AS strtd_tm,
        MAX(occrr_tm) AS endd_tm
    FROM tmp_in_page_vws_sssnz
    GROUP BY
        sssn_key,
        vstr_key;

    -- 9) sessions built
    DROP TABLE IF EXISTS rpt.sssns_blt;
    CREATE TABLE rpt.sssns_blt AS
    SELECT
        aggrg.sssn_key,
        aggrg.vstr_key,
        vstrs.cust_key,
        CASE
            WHEN aggrg.utm_mdm = 'cpc'
            THEN 'paid_search'
            WHEN aggrg.utm_mdm = 'email'
            THEN 'newsletter'
            WHEN aggrg.utm_mdm IS NOT NULL
            THEN aggrg.utm_mdm
            WHEN aggrg.rfrrr ~ '^https://(search|find)\.example\.'
            THEN 'search'
            WHEN aggrg.rfrrr IS NOT NULL
            THEN 'referral'
            ELSE 'direct'
        END AS chnl,
        aggrg.cmpgn,
        aggrg.lndng_path,
        aggrg.lcl,
        aggrg.ord_no,
        aggrg.cnt_evnts,
        aggrg.cnt_prod_vws,
        CAST(EXTRACT(epoch FROM DATE_TRUNC('SECOND', CAST(aggrg.endd_tm AS TIMESTAMP)) - DATE_TRUNC('SECOND', CAST(aggrg.strtd_tm AS TIMESTAMP))) AS BIGINT) AS drtn_secs,
        CAST(aggrg.strtd_tm AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' AS DATE) AS sssn_dt,
        aggrg.strtd_tm,
        aggrg.endd_tm
    FROM tmp_aggrg AS aggrg
    LEFT JOIN tmp_in_vstrs_idntf AS vstrs
        ON aggrg.vstr_key = vstrs.vstr_key;

    -- 10) order touches
    DROP TABLE IF EXISTS rpt.ord_tchs;
    CREATE TABLE rpt.ord_tchs AS
    SELECT
        ords.ord_key,
        sssns.sssn_key,
        sssns.chnl,
        sssns.cmpgn,
        sssns.strtd_tm
    FROM tmp_in_ords2 AS ords
    INNER JOIN rpt.sssns_blt AS sssns
        ON ords.cust_key = sssns.cust_key
    WHERE
        ords.chnl = 'web'
        AND sssns.chnl <> 'direct'
        AND sssns.strtd_tm <= ords.plcd_tm
        AND sssns.strtd_tm > ords.plcd_tm - INTERVAL '7 DAY';

    -- 11) last touches
    DROP TABLE IF EXISTS tmp_lst_tchs;
    CREATE TEMPORARY TABLE tmp_lst_tchs AS
    SELECT
        *
    FROM (
        SELECT
            *,
            ROW_NUMBER() OVER (PARTITION BY ord_key ORDER BY strtd_tm DESC NULLS LAST, sssn_key DESC NULLS LAST) AS w
        FROM rpt.ord_tchs
    ) AS t
    WHERE
        w = 1;

    -- 12) orders attributed
    DROP TABLE IF EXISTS rpt.ords_attrb;
    CREATE TABLE rpt.ords_attrb AS
    SELECT
        ords.ord_key,
        lst_tchs.sssn_key,
        CASE WHEN ords.chnl = 'app' THEN 'app' ELSE COALESCE(lst_tchs.chnl, 'direct') END AS attrb_chnl,
        lst_tchs.cmpgn AS attrb_cmpgn,
        CAST(EXTRACT(epoch FROM DATE_TRUNC('MINUTE', CAST(ords.plcd_tm AS TIMESTAMP)) - DATE_TRUNC('MINUTE', CAST(lst_tchs.strtd_tm AS TIMESTAMP))) / 60 AS BIGINT) AS mins_snc_tch
    FROM tmp_in_ords2 AS ords
    LEFT JOIN tmp_lst_tchs AS lst_tchs
        ON ords.ord_key = lst_tchs.ord_key;

    -- 13) sessions
    DROP TABLE IF EXISTS rpt.sssns;
    CREATE TABLE rpt.sssns AS
    SELECT
        sssns.sssn_key,
        sssns.vstr_key,
        sssns.cust_key,
        sssns.chnl,
        sssns.cmpgn,
        sssns.lndng_path,
        sssns.lcl,
        ords.ord_key,
        sssns.cnt_evnts,
        sssns.cnt_prod_vws,
        sssns.drtn_secs,
        COALESCE(ords.flg_pd, FALSE) AS hs_pd_ord,
        sssns.sssn_dt,
        sssns.strtd_tm,
        sssns.endd_tm
    FROM rpt.sssns_blt AS sssns
    LEFT JOIN tmp_in_ords AS ords
        ON sssns.ord_no = ords.ord_no;

    -- 14) lines
    DROP TABLE IF EXISTS tmp_lns;
    CREATE TEMPORARY TABLE tmp_lns AS
    SELECT
        ord_key,
        ord_dt,
        CAST(SUM(rev_eur_cnts - rfdd_eur_cnts) AS BIGINT) AS net_rev_eur_cnts
    FROM tmp_in_ord_lns_cnvrt
    GROUP BY
        ord_key,
        ord_dt;

    -- 15) session days
    DROP TABLE IF EXISTS tmp_sssn_dys;
    CREATE TEMPORARY TABLE tmp_sssn_dys AS
    SELECT
        chnl,
        sssn_dt AS actvt_dt,
        COUNT(*) AS cnt_sssns,
        0 AS cnt_ords,
        0 AS net_rev_eur_cnts,
        0 AS ad_cost_eur_cnts
    FROM rpt.sssns
    GROUP BY
        chnl,
        sssn_dt;

    -- 16) order days
    DROP TABLE IF EXISTS tmp_ord_dys;
    CREATE TEMPORARY TABLE tmp_ord_dys AS
    SELECT
        attrb.attrb_chnl AS chnl,
        lns.ord_dt AS actvt_dt,
        0 AS cnt_sssns,
        COUNT(*) AS cnt_ords,
        CAST(SUM(lns.net_rev_eur_cnts) AS BIGINT) AS net_rev_eur_cnts,
        0 AS ad_cost_eur_cnts
    FROM tmp_lns AS lns
    INNER JOIN rpt.ords_attrb AS attrb
        ON lns.ord_key = attrb.ord_key
    GROUP BY
        attrb.attrb_chnl,
        lns.ord_dt;

    -- 17) cost days
    DROP TABLE IF EXISTS tmp_cost_dys;
    CREATE TEMPORARY TABLE tmp_cost_dys AS
    SELECT
        ad_csts.chnl,
        ad_csts.cost_dt AS actvt_dt,
        0 AS cnt_sssns,
        0 AS cnt_ords,
        0 AS net_rev_eur_cnts,
        CAST(SUM(
            CAST(DIV(
                (
                    2 * CAST(ad_csts.cost_cnts * CAST(10000 AS BIGINT) AS BIGINT) + rts.unts_per_10000_eur
                ),
                (
                    2 * rts.unts_per_10000_eur
                )
            ) AS BIGINT)
        ) AS BIGINT) AS ad_cost_eur_cnts
    FROM tmp_in_ad_csts AS ad_csts
    INNER JOIN tmp_in_rts_by_dy AS rts
        ON ad_csts.curr = rts.curr AND ad_csts.cost_dt = rts.rt_dy
    GROUP BY
        ad_csts.chnl,
        ad_csts.cost_dt;

    -- 18) together
    DROP TABLE IF EXISTS tmp_tgthr;
    CREATE TEMPORARY TABLE tmp_tgthr AS
    SELECT
        *
    FROM tmp_sssn_dys
    UNION ALL
    SELECT
        *
    FROM tmp_ord_dys
    UNION ALL
    SELECT
        *
    FROM tmp_cost_dys;

    -- 19) summed
    DROP TABLE IF EXISTS tmp_smmd;
    CREATE TEMPORARY TABLE tmp_smmd AS
    SELECT
        chnl,
        CAST(SUM(cnt_sssns) AS BIGINT) AS cnt_sssns,
        CAST(SUM(cnt_ords) AS BIGINT) AS cnt_ords,
        CAST(SUM(net_rev_eur_cnts) AS BIGINT) AS net_rev_eur_cnts,
        CAST(SUM(ad_cost_eur_cnts) AS BIGINT) AS ad_cost_eur_cnts,
        actvt_dt
    FROM tmp_tgthr
    GROUP BY
        chnl,
        actvt_dt;

    -- 20) channel days
    DROP TABLE IF EXISTS rpt.chnl_dys;
    CREATE TABLE rpt.chnl_dys AS
    SELECT
        chnl,
        cnt_sssns,
        cnt_ords,
        net_rev_eur_cnts,
        ad_cost_eur_cnts,
        CAST(net_rev_eur_cnts AS DOUBLE PRECISION) / NULLIF(ad_cost_eur_cnts, 0) AS rev_per_ad_euro,
        actvt_dt
    FROM tmp_smmd;

END;
$$ LANGUAGE plpgsql;
