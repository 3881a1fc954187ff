/*  dbo.usp_BuildVisits                          SQL Server 2014, job WEB_NIGHTLY, step 2 of 3
    KB 2019-02   first version
    KB 2020-11   a browser belongs to somebody
    PS 2021-06   contract with the agencies: one week, last one wins
    PS 2022-03   more than one phone per person
    Step 1 fills dbo.Hit (one row per event, copies removed; HitKey is the number of the event) and dbo.Ord from the shop.
*/
CREATE PROCEDURE dbo.usp_BuildVisits
AS
BEGIN
    SET NOCOUNT ON;
    TRUNCATE TABLE dbo.Visit;
    TRUNCATE TABLE dbo.OrderChannel;
    TRUNCATE TABLE dbo.ChannelDay;

    -- 1. whose browser is it
    IF OBJECT_ID('tempdb..#owner') IS NOT NULL DROP TABLE #owner;
    SELECT o.BrowserKey, o.PersonKey
    INTO #owner
    FROM dbo.Hit o
    WHERE o.PersonKey IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM dbo.Hit x
                      WHERE x.BrowserKey = o.BrowserKey AND x.PersonKey IS NOT NULL
                        AND (x.HitTime > o.HitTime OR (x.HitTime = o.HitTime AND x.HitKey > o.HitKey)));

    -- 2. walk through the hits of each browser
    DECLARE @hit varchar(40), @browser varchar(40), @at datetime2(0), @url varchar(400), @loc char(5), @ref varchar(400),
            @medium varchar(40), @camp varchar(40), @ord varchar(20),
            @lastBrowser varchar(40) = NULL, @lastAt datetime2(0), @no int = 0, @key varchar(60);

    DECLARE walk CURSOR FAST_FORWARD FOR
        SELECT HitKey, BrowserKey, HitTime, Url, Loc, Ref, Medium, Camp, OrderNo
        FROM dbo.Hit ORDER BY BrowserKey, HitTime, HitKey;
    OPEN walk;
    FETCH NEXT FROM walk INTO @hit, @browser, @at, @url, @loc, @ref, @medium, @camp, @ord;
    WHILE @@FETCH_STATUS = 0
    BEGIN
        IF @lastBrowser IS NULL OR @lastBrowser <> @browser
            SELECT @no = 1, @key = NULL;
        ELSE IF DATEDIFF(ss, @lastAt, @at) > 30 * 60
            SELECT @no = @no + 1, @key = NULL;

        IF @key IS NULL
        BEGIN
            SET @key = @browser + '-' + LTRIM(STR(@no));
            INSERT dbo.Visit (VisitKey, BrowserKey, Landing, Loc, Ref, Medium, Camp, Hits, ProductHits, StartTime, EndTime)
            VALUES (@key, @browser, @url, @loc, @ref, @medium, @camp, 0, 0, @at, @at);
        END;

        UPDATE dbo.Visit
        SET Hits = Hits + 1,
            ProductHits = ProductHits + IIF(@url LIKE '/p/%', 1, 0),
            OrderNo = CASE WHEN OrderNo IS NULL OR @ord > OrderNo THEN @ord ELSE OrderNo END, -- two orders: the greater
            EndTime = @at
        WHERE VisitKey = @key;

        SELECT @lastBrowser = @browser, @lastAt = @at;
        FETCH NEXT FROM walk INTO @hit, @browser, @at, @url, @loc, @ref, @medium, @camp, @ord;
    END;
    CLOSE walk; DEALLOCATE walk;

    UPDATE v SET OwnerKey = p.PersonKey, Secs = DATEDIFF(ss, v.StartTime, v.EndTime), VisitDay = CONVERT(date, v.StartTime)
    FROM dbo.Visit v LEFT OUTER JOIN #owner p ON p.BrowserKey = v.BrowserKey;

    -- 3. where they came from; the first hit decides, and what is set stays
    UPDATE dbo.Visit SET Channel = 'paid_search' WHERE Medium = 'cpc';
    UPDATE dbo.Visit SET Channel = 'newsletter' WHERE Medium = 'email';
    UPDATE dbo.Visit SET Channel = Medium WHERE Channel IS NULL AND Medium IS NOT NULL;
    UPDATE dbo.Visit SET Channel = 'search'
        WHERE Channel IS NULL AND (Ref LIKE 'https://search.example.%' OR Ref LIKE 'https://find.example.%');
    UPDATE dbo.Visit SET Channel = 'referral' WHERE Channel IS NULL AND Ref IS NOT NULL;
    UPDATE dbo.Visit SET Channel = 'direct' WHERE Channel IS NULL;

    -- 4. who gets the order
    INSERT dbo.OrderChannel (OrderNo, Channel, Mins)
    SELECT OrderNo, CASE Source WHEN 'A' THEN 'app' ELSE 'direct' END, NULL FROM dbo.Ord;

    DECLARE @o varchar(20), @who bigint, @placed datetime2(0), @best varchar(60);
    DECLARE ords CURSOR FAST_FORWARD FOR SELECT OrderNo, PersonKey, PlacedTime FROM dbo.Ord WHERE Source = 'W';
    OPEN ords;
    FETCH NEXT FROM ords INTO @o, @who, @placed;
    WHILE @@FETCH_STATUS = 0
    BEGIN
        SET @best = NULL;
        SELECT TOP 1 @best = VisitKey
        FROM dbo.Visit
        WHERE OwnerKey = @who AND Channel <> 'direct'
          AND NOT StartTime > @placed AND StartTime > DATEADD(hh, -168, @placed)
        ORDER BY StartTime DESC, VisitKey DESC;

        UPDATE c SET VisitKey = v.VisitKey, Channel = v.Channel, Camp = v.Camp, Mins = DATEDIFF(mi, v.StartTime, @placed)
        FROM dbo.OrderChannel c CROSS JOIN dbo.Visit v
        WHERE c.OrderNo = @o AND v.VisitKey = @best;

        FETCH NEXT FROM ords INTO @o, @who, @placed;
    END;
    CLOSE ords; DEALLOCATE ords;

    -- 5. the board's table
    INSERT dbo.ChannelDay (Channel, Dy, Visits, Orders, Revenue, Cost)
    SELECT Channel, Dy, SUM(Visits), SUM(Orders), SUM(Revenue), SUM(Cost)
    FROM (
        SELECT Channel, VisitDay AS Dy, 1 AS Visits, 0 AS Orders, 0 AS Revenue, 0 AS Cost FROM dbo.Visit
        UNION ALL
        SELECT c.Channel, CONVERT(date, o.PlacedTime), 0, 1, o.TotalEur, 0
        FROM dbo.OrderChannel c JOIN dbo.Ord o ON o.OrderNo = c.OrderNo WHERE o.Paid = 'Y'
        UNION ALL
        SELECT a.Channel, a.Dy, 0, 0, 0, CASE a.Curr WHEN 'GBP' THEN a.Cost * 1.17 ELSE a.Cost END FROM dbo.AdCost a
    ) x
    GROUP BY Channel, Dy;
    UPDATE dbo.ChannelDay SET PerEuro = Revenue / Cost WHERE Cost <> 0;
END
