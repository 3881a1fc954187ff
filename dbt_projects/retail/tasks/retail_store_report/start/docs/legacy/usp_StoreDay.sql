/*  dbo.usp_StoreDay                             SQL Server 2012, job SHOPS_0500
    MV 2013-01   first version
    MV 2013-11   places, after the regional meeting
    HD 2017-08   hours and net per hour; who forgets to clock out works for nothing
    HD 2021-03   shops may open and close
    Times in dbo.Shift are wall clock times in Eastern time.
*/
CREATE PROCEDURE dbo.usp_StoreDay @FirstDay date, @LastDay date
AS
BEGIN
    SET NOCOUNT ON;
    TRUNCATE TABLE dbo.StaffDay;
    TRUNCATE TABLE dbo.StoreDay;

    -- 1. hours
    INSERT dbo.StaffDay (ShopKey, Dy, Shifts, OpenShifts, Minutes)
    SELECT s.ShopKey, CONVERT(date, s.StartTime), COUNT(*),
           SUM(CASE WHEN s.EndTime IS NULL THEN 1 ELSE 0 END),
           NULL
    FROM dbo.Shift s
    GROUP BY s.ShopKey, CONVERT(date, s.StartTime);

    UPDATE d
    SET Minutes = (SELECT SUM(DATEDIFF(mi, s.StartTime, s.EndTime) - s.BreakMin)
                   FROM dbo.Shift s
                   WHERE s.ShopKey = d.ShopKey AND CONVERT(date, s.StartTime) = d.Dy AND s.EndTime IS NOT NULL)
    FROM dbo.StaffDay d;

    -- 2. a row for each shop and each day on which it is open
    DECLARE @shop bigint, @open date, @close date, @dy date;
    DECLARE shops CURSOR FAST_FORWARD FOR SELECT ShopKey, OpenedOn, ClosedOn FROM dbo.Shop;
    OPEN shops;
    FETCH NEXT FROM shops INTO @shop, @open, @close;
    WHILE @@FETCH_STATUS = 0
    BEGIN
        SET @dy = CASE WHEN @open > @FirstDay THEN @open ELSE @FirstDay END;
        WHILE NOT @dy > @LastDay AND NOT @dy > ISNULL(@close, '9999-12-31')     -- the last day is a day, too
        BEGIN
            INSERT dbo.StoreDay (ShopKey, Dy, Tickets, Units, Net, Rets, RetAmt) VALUES (@shop, @dy, 0, 0, 0, 0, 0);
            SET @dy = DATEADD(dd, 1, @dy);
        END;
        FETCH NEXT FROM shops INTO @shop, @open, @close;
    END;
    CLOSE shops; DEALLOCATE shops;

    -- 3. sales and returns
    UPDATE d SET Tickets = x.Tickets, Units = x.Units, Net = x.Net
    FROM dbo.StoreDay d
    JOIN (SELECT ShopKey, Dy, COUNT(DISTINCT TicketNo) AS Tickets, SUM(Qty) AS Units, SUM(Net) AS Net
          FROM dbo.SaleLine GROUP BY ShopKey, Dy) x ON x.ShopKey = d.ShopKey AND x.Dy = d.Dy;

    UPDATE d SET Rets = x.Rets, RetAmt = x.Amt
    FROM dbo.StoreDay d
    JOIN (SELECT ShopKey, Dy, COUNT(*) AS Rets, SUM(Amt) AS Amt
          FROM dbo.ReturnLine GROUP BY ShopKey, Dy) x ON x.ShopKey = d.ShopKey AND x.Dy = d.Dy;

    UPDATE d SET OpenShifts = h.OpenShifts, Minutes = h.Minutes
    FROM dbo.StoreDay d JOIN dbo.StaffDay h ON h.ShopKey = d.ShopKey AND h.Dy = d.Dy;

    -- per hour only where somebody worked and something was sold
    UPDATE dbo.StoreDay SET PerHour = 60.0 * Net / Minutes WHERE Minutes IS NOT NULL AND Tickets > 0;

    -- 4. places: as many are before me as have more tickets
    UPDATE d
    SET Place = 1 + (SELECT COUNT(*) FROM dbo.StoreDay o WHERE o.Dy = d.Dy AND o.Tickets > d.Tickets),
        OfHowMany = (SELECT COUNT(*) FROM dbo.StoreDay o WHERE o.Dy = d.Dy),
        Share = d.Net / (SELECT SUM(o.Net) FROM dbo.StoreDay o WHERE o.Dy = d.Dy)
    FROM dbo.StoreDay d;

    UPDATE d
    SET LastWeek = w.Net, Diff = d.Net - w.Net
    FROM dbo.StoreDay d
    JOIN dbo.StoreDay w ON w.ShopKey = d.ShopKey AND DATEADD(wk, 1, w.Dy) = d.Dy;
END
