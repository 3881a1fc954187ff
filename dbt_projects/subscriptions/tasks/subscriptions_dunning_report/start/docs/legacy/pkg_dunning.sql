-- PKG_DUNNING   Oracle 11g, schema FIN, started by hand on the second of each month
--   HvdB 2017-05  first version
--   HvdB 2019-01  agency wants letters and calls apart
--   MK   2021-09  money that was given back: the customer HAD paid, that is recovered all the same
--   MK   2022-03  paid after we gave up: recovered. The agency insists.
-- INV, PAY, REM are loaded from billing the night before.
CREATE OR REPLACE PACKAGE BODY pkg_dunning AS

  -- What became of one invoice. A: attempts by number.
  PROCEDURE fill_invoice(p_inv IN inv.inv_no%TYPE) IS
    v_first   pay.tried%TYPE := NULL;   -- first failure
    v_got     pay.tried%TYPE := NULL;   -- first attempt that went through
    v_fail    PLS_INTEGER := 0;
    v_way     pay.way%TYPE := NULL;
    v_state   CHAR(1);
    v_inv     inv%ROWTYPE;
    v_amount  NUMBER;
    v_letters PLS_INTEGER := 0;
    v_pers    PLS_INTEGER := 0;
    v_prom    PLS_INTEGER := 0;
    v_last    rem.channel%TYPE := NULL;
  BEGIN
    FOR a IN (SELECT * FROM pay WHERE inv_no = p_inv ORDER BY attempt_no) LOOP
      v_way := a.way;
      IF a.status = 'failed' THEN
        v_fail := v_fail + 1;
        IF v_first IS NULL OR a.tried < v_first THEN v_first := a.tried; END IF;
      ELSIF v_got IS NULL OR a.tried < v_got THEN        -- succeeded, or refunded (MK 2021-09)
        v_got := a.tried;
      END IF;
    END LOOP;

    IF v_fail = 0 THEN RETURN; END IF;                    -- nothing to dun

    SELECT * INTO v_inv FROM inv WHERE inv_no = p_inv;
    SELECT SUM(l.cents) INTO v_amount FROM inv_line l WHERE l.inv_no = p_inv;

    v_state := 'P';
    IF v_inv.status = 'uncollectible' THEN v_state := 'G'; END IF;
    IF v_got IS NOT NULL THEN v_state := 'R'; END IF;     -- last, so it wins (MK 2022-03)

    FOR r IN (SELECT * FROM rem WHERE inv_no = p_inv ORDER BY attempt_no) LOOP
      v_letters := v_letters + 1;
      v_last := r.channel;
      IF r.channel != 'email' THEN v_pers := v_pers + 1; END IF;
      IF r.outcome = 'promised' THEN v_prom := v_prom + 1; END IF;
    END LOOP;

    INSERT INTO dun_inv (inv_no, cust_no, curr, last_way, state, amount, failures, letters, personal, promises,
                         last_letter, hours, first_failed)
    VALUES (p_inv, v_inv.cust_no, v_inv.curr, v_way, v_state, v_amount, v_fail, v_letters, v_pers, v_prom,
            v_last, (v_got - v_first) * 24, v_first);
  END fill_invoice;

  PROCEDURE run(p_month IN DATE) IS
  BEGIN
    EXECUTE IMMEDIATE 'TRUNCATE TABLE dun_inv';
    FOR i IN (SELECT DISTINCT inv_no FROM pay) LOOP
      fill_invoice(i.inv_no);
    END LOOP;

    DELETE FROM dun_month WHERE mon = TRUNC(p_month, 'MM');
    INSERT INTO dun_month (last_way, mon, cnt, cnt_r, cnt_g, failures, letters, personal, promises, eur, eur_r, hours, quota)
    SELECT last_way,
           TRUNC(first_failed, 'MM'),
           COUNT(*),
           SUM(DECODE(state, 'R', 1, 0)),
           SUM(DECODE(state, 'G', 1, 0)),
           SUM(failures), SUM(letters), SUM(personal), SUM(promises),
           SUM(amount * DECODE(curr, 'USD', 0.92, 'GBP', 1.17, 1)),
           SUM(DECODE(state, 'R', amount * DECODE(curr, 'USD', 0.92, 'GBP', 1.17, 1))),
           AVG(hours),
           -- those that are still open are neither
           SUM(DECODE(state, 'R', 1, 0)) / NULLIF(SUM(DECODE(state, 'R', 1, 'G', 1, 0)), 0)
    FROM dun_inv
    WHERE TRUNC(first_failed, 'MM') = TRUNC(p_month, 'MM')
    GROUP BY last_way, TRUNC(first_failed, 'MM');
    COMMIT;
  END run;

END pkg_dunning;
/
