-- LOY.PKG_BALANCES                                    PL/SQL, job LOY_NIGHTLY
-- 2014-09 RB  first version
-- 2016-02 RB  closing balance per day, for the letters
-- 2019-05 TS  what a point is worth depends on the tier
CREATE OR REPLACE PACKAGE BODY loy.pkg_balances AS

  g_acc      loy.acc.acc_no%TYPE;
  g_day      DATE;
  g_closing  NUMBER;
  g_lowest   NUMBER;

  FUNCTION signed (p_kind IN VARCHAR2, p_pts IN NUMBER) RETURN NUMBER IS
  BEGIN
    IF p_kind IN ('R', 'X') THEN
      RETURN 0 - p_pts;
    END IF;
    RETURN p_pts;       -- K may be negative, that is meant
  END signed;

  FUNCTION worth (p_tier IN VARCHAR2) RETURN NUMBER IS
  BEGIN
    RETURN CASE p_tier WHEN 'P' THEN 3 WHEN 'S' THEN 2 ELSE 1 END;   -- cents for a point
  END worth;

  PROCEDURE close_day IS
  BEGIN
    IF g_day IS NULL THEN
      RETURN;
    END IF;
    UPDATE loy.acc_day SET closing = g_closing WHERE acc_no = g_acc AND dy = g_day;
    IF g_lowest IS NULL OR g_closing < g_lowest THEN
      g_lowest := g_closing;
    END IF;
  END close_day;

  PROCEDURE add_booking (p_day IN DATE, p_kind IN VARCHAR2, p_pts IN NUMBER) IS
  BEGIN
    UPDATE loy.acc_day
       SET n        = n + 1,
           earned   = earned   + DECODE(p_kind, 'E', p_pts, 0),
           redeemed = redeemed + DECODE(p_kind, 'R', p_pts, 0),
           expired  = expired  + DECODE(p_kind, 'X', p_pts, 0),
           chg      = chg + signed(p_kind, p_pts)
     WHERE acc_no = g_acc AND dy = p_day;
    IF SQL%ROWCOUNT = 0 THEN
      INSERT INTO loy.acc_day (acc_no, dy, n, earned, redeemed, expired, chg)
      VALUES (g_acc, p_day, 1,
              DECODE(p_kind, 'E', p_pts, 0), DECODE(p_kind, 'R', p_pts, 0), DECODE(p_kind, 'X', p_pts, 0),
              signed(p_kind, p_pts));
    END IF;
  END add_booking;

  PROCEDURE rebuild IS
    CURSOR c_acc IS
      SELECT a.acc_no, a.person_no, a.tier FROM loy.acc a
       WHERE EXISTS (SELECT NULL FROM loy.booking b WHERE b.acc_no = a.acc_no);
    CURSOR c_book (p_acc NUMBER) IS
      SELECT TRUNC(SYS_EXTRACT_UTC(b.booked_at)) AS dy, b.kind, b.pts
        FROM loy.booking b WHERE b.acc_no = p_acc
       ORDER BY b.booked_at;
    v_sum loy.acc_balance%ROWTYPE;
  BEGIN
    EXECUTE IMMEDIATE 'TRUNCATE TABLE loy.acc_day';
    EXECUTE IMMEDIATE 'TRUNCATE TABLE loy.acc_balance';

    FOR a IN c_acc LOOP
      g_acc := a.acc_no;
      g_day := NULL;
      g_closing := 0;
      g_lowest := NULL;

      FOR b IN c_book(a.acc_no) LOOP
        IF g_day IS NOT NULL AND b.dy <> g_day THEN
          close_day;
        END IF;
        g_day := b.dy;
        g_closing := g_closing + signed(b.kind, b.pts);
        add_booking(b.dy, b.kind, b.pts);
      END LOOP;
      close_day;

      SELECT SUM(n), SUM(earned), SUM(redeemed), SUM(expired)
        INTO v_sum.n, v_sum.earned, v_sum.redeemed, v_sum.expired
        FROM loy.acc_day WHERE acc_no = a.acc_no;

      INSERT INTO loy.acc_balance (acc_no, person_no, n, earned, redeemed, expired, balance, lowest, owed, last_day)
      VALUES (a.acc_no, a.person_no, v_sum.n, v_sum.earned, v_sum.redeemed, v_sum.expired,
              g_closing, g_lowest,
              CASE WHEN SIGN(g_closing) = -1 THEN 0 ELSE g_closing * worth(a.tier) END,
              g_day);

      IF MOD(c_acc%ROWCOUNT, 500) = 0 THEN
        COMMIT;
      END IF;
    END LOOP;
    COMMIT;
  END rebuild;

END pkg_balances;
/
