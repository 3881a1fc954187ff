-- rpt.f_fill_wthr_effct()   PostgreSQL, cron of user dwh, every night at 02:10
-- PS 2005-11  first version
-- KB 2007-04  faster: temporary tables
-- TL 2009-07  corrections by finance
CREATE OR REPLACE FUNCTION rpt.f_fill_wthr_effct() RETURNS void AS $$
BEGIN

    -- 1) what comes in: flights timed
    DROP TABLE IF EXISTS tmp_in_flts_tmd;
    CREATE TEMPORARY TABLE tmp_in_flts_tmd AS
    SELECT
        flight_id AS flt_key,
        origin_airport_code AS orig_apt_cd,
        destination_airport_code AS dest_apt_cd,
        flight_date AS flt_dt,
        scheduled_departure_local AS sched_dep_lcl,
        departed_local AS dprtd_lcl,
        scheduled_departure_at AS sched_dep_tm,
        departed_at AS dprtd_tm,
        departure_delay_minutes AS dep_dly_mins,
        arrival_delay_minutes AS arr_dly_mins,
        flight_status AS flt_stat,
        is_on_time AS flg_on_time
    FROM intermediate.int_flights_timed;

    -- 2) what comes in: observations
    DROP TABLE IF EXISTS tmp_in_obsrv;
    CREATE TEMPORARY TABLE tmp_in_obsrv AS
    SELECT
        airport_code AS apt_cd,
        temperature_f AS tmprt_f,
        wind_speed_mph AS wind_spd_mph,
        wind_gust_mph AS wind_gust_mph,
        precipitation_inches AS prcpt_inchs,
        visibility_miles AS vsblt_mls,
        observed_at AS obsrv_tm
    FROM staging.stg_weather__observations;

    -- 3) what comes in: stations
    DROP TABLE IF EXISTS tmp_in_sttns;
    CREATE TEMPORARY TABLE tmp_in_sttns AS
    SELECT
        airport_code AS apt_cd,
        station_name AS stn_nm,
        time_zone AS time_zone
    FROM staging.stg_weather__stations;

    -- 4) in local time
    DROP TABLE IF EXISTS tmp_in_lcl_time;
    CREATE TEMPORARY TABLE tmp_in_lcl_time AS
    SELECT
        obsrv.apt_cd,
        sttns.stn_nm,
        obsrv.tmprt_f,
        obsrv.wind_spd_mph,
        obsrv.wind_gust_mph,
        obsrv.prcpt_inchs,
        obsrv.vsblt_mls,
        obsrv.obsrv_tm,
        CAST(obsrv.obsrv_tm AT TIME ZONE 'UTC' AT TIME ZONE sttns.time_zone AS DATE) AS obsrv_dt
    FROM tmp_in_obsrv AS obsrv
    INNER JOIN tmp_in_sttns AS sttns
        ON obsrv.apt_cd = sttns.apt_cd;

    -- 5) weather by hour
    DROP TABLE IF EXISTS rpt.wthr_by_hour;
    CREATE TABLE rpt.wthr_by_hour AS
    SELECT
        *,
        CASE
            WHEN vsblt_mls < 3
            THEN 'low_visibility'
            WHEN prcpt_inchs > 0 AND tmprt_f <= 32
            THEN 'snow'
            WHEN prcpt_inchs > 0
            THEN 'rain'
            WHEN GREATEST(wind_spd_mph, wind_gust_mph) >= 25
            THEN 'wind'
            ELSE 'fair'
        END AS wthr_cndtn
    FROM tmp_in_lcl_time;

    -- 6) matched
    DROP TABLE IF EXISTS tmp_mtchd;
    CREATE TEMPORARY TABLE tmp_mtchd AS
    SELECT
        flts.flt_key,
        flts.orig_apt_cd,
        flts.flt_dt,
        flts.flt_stat,
        flts.dep_dly_mins,
        flts.arr_dly_mins,
        flts.flg_on_time,
        wthr.obsrv_tm,
        wthr.wthr_cndtn,
        wthr.vsblt_mls,
        wthr.wind_spd_mph,
        wthr.prcpt_inchs
    FROM tmp_in_flts_tmd AS flts
    LEFT JOIN rpt.wthr_by_hour AS wthr
        ON flts.orig_apt_cd = wthr.apt_cd
        AND flts.sched_dep_tm >= wthr.obsrv_tm
        AND flts.sched_dep_tm < wthr.obsrv_tm + INTERVAL '90 MINUTE';

    -- 7) flights weather matched
    DROP TABLE IF EXISTS rpt.flts_wthr_mtchd;
    CREATE TABLE rpt.flts_wthr_mtchd AS
    SELECT
        *
    FROM (
        SELECT
            *,
            ROW_NUMBER() OVER (PARTITION BY flt_key ORDER BY obsrv_tm DESC NULLS LAST) AS w
        FROM tmp_mtchd
    ) AS t
    WHERE
        w = 1;

    -- 8) busiest hours
    DROP TABLE IF EXISTS tmp_bsst_hrs;
    CREATE TEMPORARY TABLE tmp_bsst_hrs AS
    SELECT
        apt_cd,
        flt_dt,
        bsst_hour,
        cnt_flts_in_bsst_hour
    FROM (
        SELECT
            orig_apt_cd AS apt_cd,
            flt_dt,
            EXTRACT(HOUR FROM sched_dep_lcl) AS bsst_hour,
            COUNT(*) AS cnt_flts_in_bsst_hour,
            ROW_NUMBER() OVER (
                PARTITION BY orig_apt_cd, flt_dt
                ORDER BY COUNT(*) DESC NULLS LAST, EXTRACT(HOUR FROM sched_dep_lcl) ASC
            ) AS w
        FROM tmp_in_flts_tmd
        GROUP BY
            orig_apt_cd,
            flt_dt,
            EXTRACT(HOUR FROM sched_dep_lcl)
    ) AS t
    WHERE
        w = 1;

    -- 9) daily flights
    DROP TABLE IF EXISTS tmp_dly_flts;
    CREATE TEMPORARY TABLE tmp_dly_flts AS
    SELECT
        orig_apt_cd AS apt_cd,
        flt_dt,
        COUNT(*) AS cnt_sched,
        COUNT(*) FILTER (WHERE dprtd_tm IS NOT NULL) AS cnt_dprtd,
        COUNT(*) FILTER (WHERE flt_stat = 'not_departed') AS cnt_not_dprtd,
        COUNT(*) FILTER (WHERE flt_stat = 'diverted') AS cnt_dvrtd,
        COUNT(*) FILTER (WHERE dep_dly_mins >= 15) AS cnt_dprtd_late,
        COUNT(DISTINCT dest_apt_cd) AS cnt_dstnt,
        AVG(dep_dly_mins) AS avg_dep_dly_mins,
        MIN(dprtd_lcl) AS fst_dprtd_lcl,
        MAX(dprtd_lcl) AS lst_dprtd_lcl
    FROM tmp_in_flts_tmd
    GROUP BY
        orig_apt_cd,
        flt_dt;

    -- 10) daily weather
    DROP TABLE IF EXISTS tmp_dly_wthr;
    CREATE TEMPORARY TABLE tmp_dly_wthr AS
    SELECT
        apt_cd,
        obsrv_dt,
        COUNT(*) AS cnt_obsrv,
        MIN(vsblt_mls) AS min_vsblt_mls,
        MAX(wind_spd_mph) AS max_wind_spd_mph,
        CAST(SUM(CAST(prcpt_inchs AS DECIMAL(9, 2))) AS DOUBLE PRECISION) AS prcpt_inchs,
        COUNT(*) FILTER (WHERE wthr_cndtn IN ('low_visibility', 'snow')) AS cnt_svr_hrs
    FROM rpt.wthr_by_hour
    GROUP BY
        apt_cd,
        obsrv_dt;

    -- 11) airport days
    DROP TABLE IF EXISTS rpt.apt_dys;
    CREATE TABLE rpt.apt_dys AS
    SELECT
        dly_flts.apt_cd,
        dly_flts.cnt_sched,
        dly_flts.cnt_dprtd,
        dly_flts.cnt_not_dprtd,
        dly_flts.cnt_dvrtd,
        dly_flts.cnt_dprtd_late,
        CAST(dly_flts.cnt_dprtd_late AS DOUBLE PRECISION) / NULLIF(dly_flts.cnt_dprtd, 0) AS dprtd_late_shr,
        dly_flts.avg_dep_dly_mins,
        dly_flts.cnt_dstnt,
        bsst_hrs.bsst_hour,
        bsst_hrs.cnt_flts_in_bsst_hour,
        COALESCE(dly_wthr.cnt_obsrv, 0) AS cnt_obsrv,
        COALESCE(dly_wthr.cnt_svr_hrs, 0) AS cnt_svr_hrs,
        dly_wthr.min_vsblt_mls,
        dly_wthr.max_wind_spd_mph,
        dly_wthr.prcpt_inchs,
        dly_flts.flt_dt,
        dly_flts.fst_dprtd_lcl,
        dly_flts.lst_dprtd_lcl
    FROM tmp_dly_flts AS dly_flts
    LEFT JOIN tmp_bsst_hrs AS bsst_hrs
        ON dly_flts.apt_cd = bsst_hrs.apt_cd AND dly_flts.flt_dt = bsst_hrs.flt_dt
    LEFT JOIN tmp_dly_wthr AS dly_wthr
        ON dly_flts.apt_cd = dly_wthr.apt_cd AND dly_flts.flt_dt = dly_wthr.obsrv_dt;

    -- 12) effects
    DROP TABLE IF EXISTS tmp_effct;
    CREATE TEMPORARY TABLE tmp_effct AS
    SELECT
        orig_apt_cd AS apt_cd,
        COALESCE(wthr_cndtn, 'unknown') AS wthr_cndtn,
        COUNT(*) AS cnt_dprtd,
        COUNT(*) FILTER (WHERE dep_dly_mins >= 15) AS cnt_dprtd_late,
        COUNT(*) FILTER (WHERE flg_on_time) AS cnt_on_time,
        COUNT(*) FILTER (WHERE flt_stat IN ('arrived', 'diverted')) AS cnt_cmplt,
        AVG(dep_dly_mins) AS avg_dep_dly_mins,
        PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY dep_dly_mins) AS mdn_dep_dly_mins
    FROM rpt.flts_wthr_mtchd
    WHERE
        NOT flt_stat IN ('scheduled', 'not_departed')
    GROUP BY
        orig_apt_cd,
        COALESCE(wthr_cndtn, 'unknown');

    -- 13) fair weather
    DROP TABLE IF EXISTS tmp_fair_wthr;
    CREATE TEMPORARY TABLE tmp_fair_wthr AS
    SELECT
        apt_cd,
        avg_dep_dly_mins
    FROM tmp_effct
    WHERE
        wthr_cndtn = 'fair';

    -- 14) weather effects
    DROP TABLE IF EXISTS rpt.wthr_effct;
    CREATE TABLE rpt.wthr_effct AS
    SELECT
        effct.apt_cd,
        effct.wthr_cndtn,
        effct.cnt_dprtd,
        effct.cnt_dprtd_late,
        effct.cnt_on_time,
        effct.cnt_cmplt,
        CAST(effct.cnt_on_time AS DOUBLE PRECISION) / NULLIF(effct.cnt_cmplt, 0) AS on_time_shr,
        effct.avg_dep_dly_mins,
        effct.mdn_dep_dly_mins,
        effct.avg_dep_dly_mins - fair_wthr.avg_dep_dly_mins AS dly_agnst_fair_mins
    FROM tmp_effct AS effct
    LEFT JOIN tmp_fair_wthr AS fair_wthr
        ON effct.apt_cd = fair_wthr.apt_cd;

END;
$$ LANGUAGE plpgsql;
