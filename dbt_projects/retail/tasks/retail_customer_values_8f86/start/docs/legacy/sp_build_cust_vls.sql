-- rpt.sp_build_cust_vls()   PostgreSQL, cron of user dwh, every night at 01:40
-- mw 2015-06  first version
-- KB 2017-01  without the archive
-- HGr 2018-01  second source
-- JvD 2019-05  faster: temporary tables
CREATE OR REPLACE FUNCTION rpt.sp_build_cust_vls() RETURNS void AS $$
BEGIN

    -- 1) what comes in: customers described
    DROP TABLE IF EXISTS tmp_in_cstmr_dscrb;
    CREATE TEMPORARY TABLE tmp_in_cstmr_dscrb AS
    SELECT
        customer_id AS cust_key,
        customer_code AS cust_cd,
        state AS stt,
        buy_potential AS buy_ptntl,
        income_lower_bound AS incm_lwr_bnd,
        income_upper_bound AS incm_uppr_bnd
    FROM intermediate.int_customers_described;

    -- 2) what comes in: returns unioned
    DROP TABLE IF EXISTS tmp_in_rtrns_unnd;
    CREATE TEMPORARY TABLE tmp_in_rtrns_unnd AS
    SELECT
        return_key AS rtrn_key,
        channel AS chnl,
        document_number AS dcmnt_no,
        line_number AS line_no,
        item_id AS item_key,
        customer_id AS cust_key,
        store_id AS str_key,
        reason_id AS rsn_key,
        return_quantity AS rtrn_qty,
        refund_cents AS rfd_cnts,
        returned_on AS rtrnd_dy
    FROM intermediate.int_returns_unioned;

    -- 3) what comes in: sale lines unioned
    DROP TABLE IF EXISTS tmp_in_sale_lns_unnd;
    CREATE TEMPORARY TABLE tmp_in_sale_lns_unnd AS
    SELECT
        sale_line_id AS sale_line_key,
        channel AS chnl,
        document_number AS dcmnt_no,
        line_number AS line_no,
        item_id AS item_key,
        customer_id AS cust_key,
        store_id AS str_key,
        quantity AS qty,
        net_cents AS net_cnts,
        sold_on AS sold_dy
    FROM intermediate.int_sale_lines_unioned;

    -- 4) what comes in: staff hours by day
    DROP TABLE IF EXISTS tmp_in_stff_hrs_by_dy;
    CREATE TEMPORARY TABLE tmp_in_stff_hrs_by_dy AS
    SELECT
        store_id AS str_key,
        shift_date AS shft_dt,
        n_open_shifts AS cnt_open_shfts,
        worked_minutes AS wrkd_mins
    FROM intermediate.int_staff_hours_by_day;

    -- 5) what comes in: sale lines
    DROP TABLE IF EXISTS tmp_in_sale_lns;
    CREATE TEMPORARY TABLE tmp_in_sale_lns AS
    SELECT
        sale_line_id AS sale_line_key,
        channel AS chnl,
        document_number AS dcmnt_no,
        line_number AS line_no,
        item_id AS item_key,
        category AS cat,
        customer_id AS cust_key,
        store_id AS str_key,
        quantity AS qty,
        net_cents AS net_cnts,
        sold_on AS sold_dy
    FROM marts.sale_lines;

    -- 6) what comes in: items
    DROP TABLE IF EXISTS tmp_in_itms;
    CREATE TEMPORARY TABLE tmp_in_itms AS
    SELECT
        item_id AS item_key,
        item_code AS item_cd,
        category AS cat
    FROM staging.stg_head_office__items;

    -- 7) what comes in: dates
    DROP TABLE IF EXISTS tmp_in_dts;
    CREATE TEMPORARY TABLE tmp_in_dts AS
    SELECT
        calendar_date AS clndr_dt,
        week_start AS wk_strt
    FROM staging.stg_reference__dates;

    -- 8) what comes in: reasons
    DROP TABLE IF EXISTS tmp_in_rsns;
    CREATE TEMPORARY TABLE tmp_in_rsns AS
    SELECT
        reason_id AS rsn_key,
        reason_text AS rsn_text,
        is_fault AS flg_flt
    FROM staging.stg_reference__reasons;

    -- 9) what comes in: stores
    DROP TABLE IF EXISTS tmp_in_strs;
    CREATE TEMPORARY TABLE tmp_in_strs AS
    SELECT
        store_id AS str_key,
        store_code AS str_cd,
        state AS stt,
        opened_on AS opnd_dy,
        closed_on AS clsd_dy
    FROM staging.stg_shops__stores;

    -- 10) by receipt
    DROP TABLE IF EXISTS tmp_by_rcpt;
    CREATE TEMPORARY TABLE tmp_by_rcpt AS
    SELECT
        rtrns.rtrn_key,
        'receipt' AS mtch_kind,
        lns.sale_line_key,
        lns.item_key,
        lns.cust_key,
        lns.sold_dy
    FROM tmp_in_rtrns_unnd AS rtrns
    INNER JOIN tmp_in_sale_lns_unnd AS lns
        ON rtrns.chnl = lns.chnl
        AND rtrns.dcmnt_no = lns.dcmnt_no
        AND rtrns.line_no = lns.line_no;

    -- 11) by card
    DROP TABLE IF EXISTS tmp_by_card;
    CREATE TEMPORARY TABLE tmp_by_card AS
    SELECT
        rtrn_key,
        mtch_kind,
        sale_line_key,
        item_key,
        cust_key,
        sold_dy
    FROM (
        SELECT
            rtrns.rtrn_key,
            'card' AS mtch_kind,
            lns.sale_line_key,
            lns.item_key,
            lns.cust_key,
            lns.sold_dy,
            ROW_NUMBER() OVER (
                PARTITION BY rtrns.rtrn_key
                ORDER BY lns.sold_dy DESC NULLS LAST, lns.dcmnt_no DESC NULLS LAST, lns.line_no DESC NULLS LAST
            ) AS w
        FROM tmp_in_rtrns_unnd AS rtrns
        INNER JOIN tmp_in_sale_lns_unnd AS lns
            ON rtrns.cust_key = lns.cust_key
            AND rtrns.item_key = lns.item_key
            AND rtrns.rtrnd_dy >= lns.sold_dy
        WHERE
            lns.chnl = 'shop' AND rtrns.dcmnt_no IS NULL
    ) AS t
    WHERE
        w = 1;

    -- 12) matches
    DROP TABLE IF EXISTS tmp_mtchs;
    CREATE TEMPORARY TABLE tmp_mtchs AS
    SELECT
        *
    FROM tmp_by_rcpt
    UNION ALL
    SELECT
        *
    FROM tmp_by_card;

    -- 13) returns matched
    DROP TABLE IF EXISTS rpt.rtrns_mtchd;
    CREATE TABLE rpt.rtrns_mtchd AS
    SELECT
        rtrns.rtrn_key,
        rtrns.chnl,
        mtchs.sale_line_key,
        COALESCE(mtchs.mtch_kind, 'none') AS mtch_kind,
        COALESCE(mtchs.item_key, rtrns.item_key) AS item_key,
        mtchs.cust_key,
        rtrns.str_key,
        rtrns.rsn_key,
        rtrns.rtrn_qty,
        rtrns.rfd_cnts,
        rtrns.rtrnd_dy - mtchs.sold_dy AS dys_kept,
        rtrns.rtrnd_dy,
        COALESCE(mtchs.sold_dy, rtrns.rtrnd_dy) AS cntd_dy
    FROM tmp_in_rtrns_unnd AS rtrns
    LEFT JOIN tmp_mtchs AS mtchs
        ON rtrns.rtrn_key = mtchs.rtrn_key;

    -- 14) aggregated
    DROP TABLE IF EXISTS tmp_aggrg;
    CREATE TEMPORARY TABLE tmp_aggrg AS
    SELECT
        rsn_key,
        chnl,
        COUNT(*) AS cnt_rtrns,
        COUNT(*) FILTER (WHERE mtch_kind = 'card') AS cnt_mtchd_by_card,
        COUNT(*) FILTER (WHERE mtch_kind = 'none') AS cnt_unmtc,
        CAST(SUM(rtrn_qty) AS BIGINT) AS cnt_unts,
        CAST(SUM(rfd_cnts) AS BIGINT) AS rfdd_cnts,
        MAX(dys_kept) AS lngst_dys_kept,
        AVG(dys_kept) AS avg_dys_kept
    FROM rpt.rtrns_mtchd
    GROUP BY
        rsn_key,
        chnl;

    -- 15) return reasons
    DROP TABLE IF EXISTS rpt.rtrn_rsns;
    CREATE TABLE rpt.rtrn_rsns AS
    SELECT
        aggrg.rsn_key,
        aggrg.chnl,
        rsns.rsn_text,
        aggrg.cnt_rtrns,
        aggrg.cnt_mtchd_by_card,
        aggrg.cnt_unmtc,
        aggrg.cnt_unts,
        aggrg.rfdd_cnts,
        aggrg.lngst_dys_kept,
        aggrg.avg_dys_kept,
        rsns.flg_flt
    FROM tmp_aggrg AS aggrg
    INNER JOIN tmp_in_rsns AS rsns
        ON aggrg.rsn_key = rsns.rsn_key;

    -- 16) bought
    DROP TABLE IF EXISTS tmp_bght;
    CREATE TEMPORARY TABLE tmp_bght AS
    SELECT
        cust_key,
        COUNT(DISTINCT chnl || '-' || dcmnt_no) AS cnt_ords,
        COUNT(DISTINCT chnl) AS cnt_chnnl,
        CAST(SUM(net_cnts) AS BIGINT) AS net_cnts,
        MIN(sold_dy) AS fst_bght_dy,
        MAX(sold_dy) AS lst_bght_dy
    FROM tmp_in_sale_lns
    GROUP BY
        cust_key;

    -- 17) brought back
    DROP TABLE IF EXISTS tmp_brght_back;
    CREATE TEMPORARY TABLE tmp_brght_back AS
    SELECT
        cust_key,
        CAST(SUM(rfd_cnts) AS BIGINT) AS rfdd_cnts
    FROM rpt.rtrns_mtchd
    GROUP BY
        cust_key;

    -- 18) customer values
    DROP TABLE IF EXISTS rpt.cust_vls;
    CREATE TABLE rpt.cust_vls AS
    SELECT
        cstmr.cust_key,
        cstmr.cust_cd,
        cstmr.stt,
        cstmr.buy_ptntl,
        cstmr.incm_lwr_bnd,
        cstmr.incm_uppr_bnd,
        COALESCE(bght.cnt_ords, 0) AS cnt_ords,
        COALESCE(bght.cnt_chnnl, 0) AS cnt_chnnl,
        COALESCE(bght.net_cnts, 0) AS net_cnts,
        COALESCE(brght_back.rfdd_cnts, 0) AS rfdd_cnts,
        COALESCE(bght.net_cnts, 0) - COALESCE(brght_back.rfdd_cnts, 0) AS lftm_cnts,
        CASE
            WHEN bght.cnt_ords IS NULL
            THEN 'never'
            WHEN bght.lst_bght_dy < CAST(CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS DATE) - 7
            THEN 'quiet'
            WHEN bght.cnt_ords = 1
            THEN 'once'
            ELSE 'active'
        END AS cust_stt,
        bght.fst_bght_dy,
        bght.lst_bght_dy
    FROM tmp_in_cstmr_dscrb AS cstmr
    LEFT JOIN tmp_bght AS bght
        ON cstmr.cust_key = bght.cust_key
    LEFT JOIN tmp_brght_back AS brght_back
        ON cstmr.cust_key = brght_back.cust_key;

    -- 19) movements
    DROP TABLE IF EXISTS tmp_mvmnt;
    CREATE TEMPORARY TABLE tmp_mvmnt AS
    SELECT
        item_key,
        CASE WHEN chnl = 'shop' THEN qty ELSE 0 END AS shop_unts,
        CASE WHEN chnl = 'catalog' THEN qty ELSE 0 END AS ctlg_unts,
        CASE WHEN chnl = 'web' THEN qty ELSE 0 END AS web_unts,
        0 AS rtrnd_unts,
        net_cnts,
        0 AS rfdd_cnts,
        sold_dy AS cntd_dy
    FROM tmp_in_sale_lns
    UNION ALL
    SELECT
        item_key,
        0 AS shop_unts,
        0 AS ctlg_unts,
        0 AS web_unts,
        rtrn_qty AS rtrnd_unts,
        0 AS net_cnts,
        rfd_cnts AS rfdd_cnts,
        cntd_dy
    FROM rpt.rtrns_mtchd;

    -- 20) aggregated
    DROP TABLE IF EXISTS tmp_aggrg2;
    CREATE TEMPORARY TABLE tmp_aggrg2 AS
    SELECT
        mvmnt.item_key,
        dts.wk_strt,
        CAST(SUM(mvmnt.shop_unts) AS BIGINT) AS cnt_shop_unts,
        CAST(SUM(mvmnt.ctlg_unts) AS BIGINT) AS cnt_ctlg_unts,
        CAST(SUM(mvmnt.web_unts) AS BIGINT) AS cnt_web_unts,
        CAST(SUM(mvmnt.rtrnd_unts) AS BIGINT) AS cnt_rtrnd_unts,
        CAST(SUM(mvmnt.net_cnts) AS BIGINT) AS net_cnts,
        CAST(SUM(mvmnt.rfdd_cnts) AS BIGINT) AS rfdd_cnts
    FROM tmp_mvmnt AS mvmnt
    INNER JOIN tmp_in_dts AS dts
        ON mvmnt.cntd_dy = dts.clndr_dt
    GROUP BY
        mvmnt.item_key,
        dts.wk_strt;

    -- 21) item weeks
    DROP TABLE IF EXISTS rpt.item_wks;
    CREATE TABLE rpt.item_wks AS
    SELECT
        aggrg.item_key,
        itms.item_cd,
        itms.cat,
        aggrg.cnt_shop_unts,
        aggrg.cnt_ctlg_unts,
        aggrg.cnt_web_unts,
        aggrg.cnt_rtrnd_unts,
        aggrg.net_cnts,
        aggrg.rfdd_cnts,
        aggrg.net_cnts - aggrg.rfdd_cnts AS kept_cnts,
        aggrg.wk_strt
    FROM tmp_aggrg2 AS aggrg
    INNER JOIN tmp_in_itms AS itms
        ON aggrg.item_key = itms.item_key;

    -- 22) open days
    DROP TABLE IF EXISTS tmp_open_dys;
    CREATE TEMPORARY TABLE tmp_open_dys AS
    SELECT
        strs.str_key,
        strs.str_cd,
        dts.clndr_dt AS bsnss_dt
    FROM tmp_in_strs AS strs
    CROSS JOIN tmp_in_dts AS dts
    WHERE
        dts.clndr_dt >= CAST('2024-03-03' AS DATE)
        AND dts.clndr_dt <= CAST(CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS DATE)
        AND dts.clndr_dt >= strs.opnd_dy
        AND (
            dts.clndr_dt <= strs.clsd_dy OR strs.clsd_dy IS NULL
        );

    -- 23) sales by day
    DROP TABLE IF EXISTS tmp_sls_by_dy;
    CREATE TEMPORARY TABLE tmp_sls_by_dy AS
    SELECT
        str_key,
        sold_dy,
        COUNT(DISTINCT dcmnt_no) AS cnt_tckts,
        CAST(SUM(qty) AS BIGINT) AS cnt_unts,
        CAST(SUM(net_cnts) AS BIGINT) AS net_cnts
    FROM tmp_in_sale_lns
    GROUP BY
        str_key,
        sold_dy;

    -- 24) returns by day
    DROP TABLE IF EXISTS tmp_rtrns_by_dy;
    CREATE TEMPORARY TABLE tmp_rtrns_by_dy AS
    SELECT
        str_key,
        rtrnd_dy,
        COUNT(*) AS cnt_rtrns,
        CAST(SUM(rfd_cnts) AS BIGINT) AS rfdd_cnts
    FROM rpt.rtrns_mtchd
    GROUP BY
        str_key,
        rtrnd_dy;

    -- 25) store days
    DROP TABLE IF EXISTS rpt.str_dys;
    CREATE TABLE rpt.str_dys AS
    SELECT
        open_dys.str_key,
        open_dys.str_cd,
        COALESCE(sls_by_dy.cnt_tckts, 0) AS cnt_tckts,
        COALESCE(sls_by_dy.cnt_unts, 0) AS cnt_unts,
        COALESCE(sls_by_dy.net_cnts, 0) AS net_cnts,
        COALESCE(rtrns_by_dy.cnt_rtrns, 0) AS cnt_rtrns,
        COALESCE(rtrns_by_dy.rfdd_cnts, 0) AS rfdd_cnts,
        stff_hrs.cnt_open_shfts,
        COALESCE(stff_hrs.wrkd_mins, 0) AS wrkd_mins,
        CAST(sls_by_dy.net_cnts * 60 AS DOUBLE PRECISION) / stff_hrs.wrkd_mins AS net_cnts_per_hour,
        open_dys.bsnss_dt
    FROM tmp_open_dys AS open_dys
    LEFT JOIN tmp_sls_by_dy AS sls_by_dy
        ON open_dys.str_key = sls_by_dy.str_key AND open_dys.bsnss_dt = sls_by_dy.sold_dy
    LEFT JOIN tmp_rtrns_by_dy AS rtrns_by_dy
        ON open_dys.str_key = rtrns_by_dy.str_key
        AND open_dys.bsnss_dt = rtrns_by_dy.rtrnd_dy
    LEFT JOIN tmp_in_stff_hrs_by_dy AS stff_hrs
        ON open_dys.str_key = stff_hrs.str_key AND open_dys.bsnss_dt = stff_hrs.shft_dt;

    -- 26) store day ranks
    DROP TABLE IF EXISTS rpt.str_dy_rnks;
    CREATE TABLE rpt.str_dy_rnks AS
    SELECT
        str_dys.str_key,
        str_dys.cnt_tckts,
        RANK() OVER (PARTITION BY str_dys.bsnss_dt ORDER BY str_dys.cnt_tckts DESC NULLS LAST) AS rank_on_dy,
        COUNT(*) OVER (PARTITION BY str_dys.bsnss_dt) AS cnt_open_shps,
        str_dys.net_cnts,
        CAST(str_dys.net_cnts AS DOUBLE PRECISION) / SUM(str_dys.net_cnts) OVER (PARTITION BY str_dys.bsnss_dt) AS shr_of_dy,
        wk_bfr.net_cnts AS wk_bfr_cnts,
        str_dys.net_cnts - wk_bfr.net_cnts AS chng_cnts,
        str_dys.bsnss_dt
    FROM rpt.str_dys AS str_dys
    LEFT JOIN rpt.str_dys AS wk_bfr
        ON str_dys.str_key = wk_bfr.str_key AND str_dys.bsnss_dt = wk_bfr.bsnss_dt + 7;

END;
$$ LANGUAGE plpgsql;
