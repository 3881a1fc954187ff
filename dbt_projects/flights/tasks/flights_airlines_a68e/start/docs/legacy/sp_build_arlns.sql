-- rpt.sp_build_arlns()   PostgreSQL, cron of user dwh, every night at 03:05
-- PS 2006-06  first version
-- HGr 2007-02  new names from the other department
-- TL 2008-09  moved to the new server
-- KB 2009-10  nulls
CREATE OR REPLACE FUNCTION rpt.sp_build_arlns() RETURNS void AS $$
BEGIN

    -- 1) what comes in: flights
    DROP TABLE IF EXISTS tmp_in_flts;
    CREATE TEMPORARY TABLE tmp_in_flts AS
    SELECT
        airline_id AS arln_key,
        carrier_code AS carr_cd,
        tail_number AS tail_no,
        origin_airport_code AS orig_apt_cd,
        destination_airport_code AS dest_apt_cd,
        flight_status AS flt_stat,
        distance_miles AS dstnc_mls,
        scheduled_block_minutes AS sched_blck_mins,
        air_time_minutes AS air_time_mins,
        arrival_delay_minutes AS arr_dly_mins,
        is_on_time AS flg_on_time,
        flight_date AS flt_dt
    FROM marts.flights;

    -- 2) what comes in: airlines
    DROP TABLE IF EXISTS tmp_in_arlns;
    CREATE TEMPORARY TABLE tmp_in_arlns AS
    SELECT
        airline_id AS arln_key,
        carrier_code AS carr_cd,
        airline_name AS arln_nm,
        valid_from AS vld_from,
        valid_to AS vld_to
    FROM staging.stg_reference__airlines;

    -- 3) what comes in: airports
    DROP TABLE IF EXISTS tmp_in_arprt;
    CREATE TEMPORARY TABLE tmp_in_arprt AS
    SELECT
        airport_code AS apt_cd,
        city AS town,
        country_code AS ctry_cd
    FROM staging.stg_reference__airports;

    -- 4) flown per airline
    DROP TABLE IF EXISTS tmp_flwn_per_arln;
    CREATE TEMPORARY TABLE tmp_flwn_per_arln AS
    SELECT
        arln_key,
        COUNT(*) AS cnt_flts,
        COUNT(DISTINCT tail_no) AS cnt_arcrf,
        COUNT(DISTINCT dest_apt_cd) AS cnt_dstnt,
        MIN(flt_dt) AS fst_flt_dt,
        MAX(flt_dt) AS lst_flt_dt
    FROM tmp_in_flts
    WHERE
        flt_stat IN ('arrived', 'departed', 'diverted')
    GROUP BY
        arln_key;

    -- 5) airlines
    DROP TABLE IF EXISTS rpt.arlns;
    CREATE TABLE rpt.arlns AS
    SELECT
        arlns.arln_key,
        arlns.carr_cd,
        arlns.arln_nm,
        COALESCE(flwn_per_arln.cnt_flts, 0) AS cnt_flts,
        COALESCE(flwn_per_arln.cnt_arcrf, 0) AS cnt_arcrf,
        COALESCE(flwn_per_arln.cnt_dstnt, 0) AS cnt_dstnt,
        arlns.vld_to IS NULL AS flg_crrnt,
        arlns.vld_from,
        arlns.vld_to,
        flwn_per_arln.fst_flt_dt,
        flwn_per_arln.lst_flt_dt
    FROM tmp_in_arlns AS arlns
    LEFT JOIN tmp_flwn_per_arln AS flwn_per_arln
        ON arlns.arln_key = flwn_per_arln.arln_key;

    -- 6) flights per airline
    DROP TABLE IF EXISTS tmp_flts_per_arln;
    CREATE TEMPORARY TABLE tmp_flts_per_arln AS
    SELECT
        orig_apt_cd,
        dest_apt_cd,
        arln_key,
        COUNT(*) AS cnt_flts,
        ROW_NUMBER() OVER (
            PARTITION BY orig_apt_cd, dest_apt_cd
            ORDER BY COUNT(*) DESC NULLS LAST, arln_key ASC
        ) AS arln_rank
    FROM tmp_in_flts
    GROUP BY
        orig_apt_cd,
        dest_apt_cd,
        arln_key;

    -- 7) competition
    DROP TABLE IF EXISTS tmp_cmptt;
    CREATE TEMPORARY TABLE tmp_cmptt AS
    SELECT
        orig_apt_cd,
        dest_apt_cd,
        COUNT(*) AS cnt_arlns,
        MAX(arln_key) FILTER (WHERE arln_rank = 1) AS ldng_arln_key,
        CAST(MAX(cnt_flts) AS DOUBLE PRECISION) / SUM(cnt_flts) AS ldng_arln_shr,
        CAST(SUM(cnt_flts * cnt_flts) AS DOUBLE PRECISION) / (
            SUM(cnt_flts) * SUM(cnt_flts)
        ) AS cncnt_indx
    FROM tmp_flts_per_arln
    GROUP BY
        orig_apt_cd,
        dest_apt_cd;

    -- 8) operations
    DROP TABLE IF EXISTS tmp_oprtn;
    CREATE TEMPORARY TABLE tmp_oprtn AS
    SELECT
        orig_apt_cd,
        dest_apt_cd,
        MAX(dstnc_mls) AS dstnc_mls,
        COUNT(*) AS cnt_flts,
        COUNT(DISTINCT flt_dt) AS cnt_dys_flwn,
        MIN(sched_blck_mins) AS min_sched_blck_mins,
        AVG(air_time_mins) AS avg_air_time_mins,
        AVG(arr_dly_mins) AS avg_arr_dly_mins,
        CAST(COUNT(*) FILTER (WHERE flg_on_time) AS DOUBLE PRECISION) / NULLIF(COUNT(*) FILTER (WHERE flt_stat IN ('arrived', 'diverted')), 0) AS on_time_shr
    FROM tmp_in_flts
    GROUP BY
        orig_apt_cd,
        dest_apt_cd;

    -- 9) routes
    DROP TABLE IF EXISTS rpt.rts;
    CREATE TABLE rpt.rts AS
    SELECT
        oprtn.orig_apt_cd,
        oprtn.dest_apt_cd,
        arprt.town AS dest_town,
        arprt.ctry_cd AS dest_ctry_cd,
        cmptt.ldng_arln_key,
        oprtn.dstnc_mls,
        oprtn.cnt_flts,
        oprtn.cnt_dys_flwn,
        cmptt.cnt_arlns,
        cmptt.ldng_arln_shr,
        cmptt.cncnt_indx,
        oprtn.min_sched_blck_mins,
        oprtn.avg_air_time_mins,
        oprtn.avg_arr_dly_mins,
        oprtn.on_time_shr,
        RANK() OVER (PARTITION BY oprtn.orig_apt_cd ORDER BY oprtn.cnt_flts DESC NULLS LAST) AS rt_rank
    FROM tmp_oprtn AS oprtn
    INNER JOIN tmp_cmptt AS cmptt
        ON oprtn.orig_apt_cd = cmptt.orig_apt_cd AND oprtn.dest_apt_cd = cmptt.dest_apt_cd
    LEFT JOIN tmp_in_arprt AS arprt
        ON oprtn.dest_apt_cd = arprt.apt_cd;

    -- 10) daily
    DROP TABLE IF EXISTS tmp_dly;
    CREATE TEMPORARY TABLE tmp_dly AS
    SELECT
        arln_key,
        flt_dt,
        COUNT(*) AS cnt_flts,
        COUNT(*) FILTER (WHERE flt_stat IN ('arrived', 'diverted')) AS cnt_cmplt,
        COUNT(*) FILTER (WHERE flt_stat = 'diverted') AS cnt_dvrtd,
        COUNT(*) FILTER (WHERE flg_on_time) AS cnt_on_time,
        AVG(arr_dly_mins) AS avg_arr_dly_mins,
        PERCENTILE_DISC(0.9) WITHIN GROUP (ORDER BY arr_dly_mins) AS p_90_arr_dly_mins
    FROM tmp_in_flts
    WHERE
        NOT flt_stat IN ('scheduled', 'not_departed')
    GROUP BY
        arln_key,
        flt_dt;

    -- 11) with rates
    DROP TABLE IF EXISTS tmp_with_rts;
    CREATE TEMPORARY TABLE tmp_with_rts AS
    SELECT
        *,
        CAST(cnt_on_time AS DOUBLE PRECISION) / NULLIF(cnt_cmplt, 0) AS on_time_shr,
        CAST(SUM(cnt_on_time) OVER lst_svn_dys AS DOUBLE PRECISION) / NULLIF(SUM(cnt_cmplt) OVER lst_svn_dys, 0) AS on_time_shr_7_dys
    FROM tmp_dly
    WINDOW lst_svn_dys AS (
        PARTITION BY arln_key
        ORDER BY flt_dt
        range BETWEEN INTERVAL '6 DAYS' preceding AND CURRENT ROW
    );

    -- 12) carrier on time performance
    DROP TABLE IF EXISTS rpt.carr_on_time_prfrm;
    CREATE TABLE rpt.carr_on_time_prfrm AS
    SELECT
        with_rts.arln_key,
        arlns.arln_nm,
        with_rts.cnt_flts,
        with_rts.cnt_cmplt,
        with_rts.cnt_dvrtd,
        with_rts.cnt_on_time,
        with_rts.on_time_shr,
        with_rts.on_time_shr_7_dys,
        with_rts.avg_arr_dly_mins,
        with_rts.p_90_arr_dly_mins,
        RANK() OVER (PARTITION BY with_rts.flt_dt ORDER BY with_rts.on_time_shr DESC NULLS LAST) AS on_time_rank,
        with_rts.flt_dt
    FROM tmp_with_rts AS with_rts
    LEFT JOIN rpt.arlns AS arlns
        ON with_rts.arln_key = arlns.arln_key;

END;
$$ LANGUAGE plpgsql;
