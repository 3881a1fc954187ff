-- rpt.make_stck_ldgr_dys()   PostgreSQL, cron of user dwh, every night at 03:05
-- TL 2015-01  first version
-- KB 2016-01  faster: temporary tables
-- KB 2018-04  corrections by finance
CREATE OR REPLACE FUNCTION rpt.make_stck_ldgr_dys() RETURNS void AS $$
BEGIN

    -- 1) what comes in: stock counts
    DROP TABLE IF EXISTS tmp_in_stck_cnts;
    CREATE TEMPORARY TABLE tmp_in_stck_cnts AS
    SELECT
        count_id AS cnt_key,
        warehouse_code AS wrhs_cd,
        sku AS artno,
        counted_quantity AS cntd_qty,
        counted_at AS cntd_tm
    FROM staging.stg_marketplace__stock_counts;

    -- 2) what comes in: stock movements
    DROP TABLE IF EXISTS tmp_in_stck_mvmnt;
    CREATE TEMPORARY TABLE tmp_in_stck_mvmnt AS
    SELECT
        movement_id AS mvmnt_key,
        warehouse_code AS wrhs_cd,
        sku AS artno,
        movement_kind AS mvmnt_kind,
        reference AS rfrnc,
        quantity AS qty,
        moved_at AS mvd_tm,
        recorded_at AS rcrdd_tm
    FROM staging.stg_marketplace__stock_movements;

    -- 3) what comes in: warehouses
    DROP TABLE IF EXISTS tmp_in_wrhss;
    CREATE TEMPORARY TABLE tmp_in_wrhss AS
    SELECT
        warehouse_code AS wrhs_cd,
        time_zone AS time_zone
    FROM staging.stg_marketplace__warehouses;

    -- 4) stock movements signed
    DROP TABLE IF EXISTS rpt.stck_mvmnt_sgnd;
    CREATE TABLE rpt.stck_mvmnt_sgnd AS
    SELECT
        mvmnt.mvmnt_key,
        mvmnt.wrhs_cd,
        mvmnt.artno,
        mvmnt.mvmnt_kind,
        mvmnt.rfrnc,
        CASE
            WHEN mvmnt.mvmnt_kind IN ('opening', 'receipt', 'return', 'transfer_in', 'found')
            THEN mvmnt.qty
            ELSE -mvmnt.qty
        END AS qty_chng,
        CAST(mvmnt.mvd_tm AT TIME ZONE 'UTC' AT TIME ZONE wrhss.time_zone AS DATE) AS mvmnt_dt,
        mvmnt.mvd_tm,
        mvmnt.rcrdd_tm
    FROM tmp_in_stck_mvmnt AS mvmnt
    INNER JOIN tmp_in_wrhss AS wrhss
        ON mvmnt.wrhs_cd = wrhss.wrhs_cd;

    -- 5) expected
    DROP TABLE IF EXISTS tmp_expct;
    CREATE TEMPORARY TABLE tmp_expct AS
    SELECT
        cnts.cnt_key,
        CAST(COALESCE(SUM(mvmnt.qty_chng), 0) AS BIGINT) AS expct_qty
    FROM tmp_in_stck_cnts AS cnts
    LEFT JOIN rpt.stck_mvmnt_sgnd AS mvmnt
        ON cnts.wrhs_cd = mvmnt.wrhs_cd
        AND cnts.artno = mvmnt.artno
        AND cnts.cntd_tm > mvmnt.mvd_tm
    GROUP BY
        cnts.cnt_key;

    -- 6) stock count differences
    DROP TABLE IF EXISTS rpt.stck_cnt_dffrn;
    CREATE TABLE rpt.stck_cnt_dffrn AS
    SELECT
        cnts.cnt_key,
        cnts.wrhs_cd,
        cnts.artno,
        cnts.cntd_qty,
        expct.expct_qty,
        cnts.cntd_qty - expct.expct_qty AS dffrn,
        cnts.cntd_tm
    FROM tmp_in_stck_cnts AS cnts
    INNER JOIN tmp_expct AS expct
        ON cnts.cnt_key = expct.cnt_key;

    -- 7) shelves
    DROP TABLE IF EXISTS tmp_shlvs;
    CREATE TEMPORARY TABLE tmp_shlvs AS
    SELECT
        wrhs_cd,
        artno,
        MIN(mvmnt_dt) AS fst_dt
    FROM rpt.stck_mvmnt_sgnd
    GROUP BY
        wrhs_cd,
        artno;

    -- 8) shelf days
    DROP TABLE IF EXISTS tmp_shlf_dys;
    CREATE TEMPORARY TABLE tmp_shlf_dys AS
    SELECT
        wrhs_cd,
        artno,
        CAST(GENERATE_SERIES(
            fst_dt,
            CAST(CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' AS DATE),
            INTERVAL '1 DAY'
        ) AS DATE) AS ldgr_dt
    FROM tmp_shlvs;

    -- 9) daily sums
    DROP TABLE IF EXISTS tmp_dly_sums;
    CREATE TEMPORARY TABLE tmp_dly_sums AS
    SELECT
        wrhs_cd,
        artno,
        mvmnt_dt,
        SUM(qty_chng) FILTER (WHERE mvmnt_kind IN ('opening', 'receipt')) AS rcvd,
        -SUM(qty_chng) FILTER (WHERE mvmnt_kind = 'pick') AS pckd,
        SUM(qty_chng) FILTER (WHERE mvmnt_kind = 'return') AS rtrnd,
        SUM(qty_chng) FILTER (WHERE mvmnt_kind IN ('transfer_in', 'transfer_out')) AS trnsf,
        SUM(qty_chng) FILTER (WHERE mvmnt_kind IN ('found', 'lost', 'write_off')) AS adjst,
        SUM(qty_chng) AS qty_chng
    FROM rpt.stck_mvmnt_sgnd
    GROUP BY
        wrhs_cd,
        artno,
        mvmnt_dt;

    -- 10) stock ledger days
    DROP TABLE IF EXISTS rpt.stck_ldgr_dys;
    CREATE TABLE rpt.stck_ldgr_dys AS
    SELECT
        shlf_dys.wrhs_cd,
        shlf_dys.artno,
        CAST(COALESCE(dly_sums.rcvd, 0) AS BIGINT) AS cnt_rcvd,
        CAST(COALESCE(dly_sums.pckd, 0) AS BIGINT) AS cnt_pckd,
        CAST(COALESCE(dly_sums.rtrnd, 0) AS BIGINT) AS cnt_rtrnd,
        CAST(COALESCE(dly_sums.trnsf, 0) AS BIGINT) AS cnt_trnsf,
        CAST(COALESCE(dly_sums.adjst, 0) AS BIGINT) AS cnt_adjst,
        CAST(SUM(dly_sums.qty_chng) OVER (PARTITION BY shlf_dys.wrhs_cd, shlf_dys.artno ORDER BY shlf_dys.ldgr_dt) AS BIGINT) AS clsng_blnc,
        shlf_dys.ldgr_dt
    FROM tmp_shlf_dys AS shlf_dys
    LEFT JOIN tmp_dly_sums AS dly_sums
        ON shlf_dys.wrhs_cd = dly_sums.wrhs_cd
        AND shlf_dys.artno = dly_sums.artno
        AND shlf_dys.ldgr_dt = dly_sums.mvmnt_dt;

END;
$$ LANGUAGE plpgsql;
