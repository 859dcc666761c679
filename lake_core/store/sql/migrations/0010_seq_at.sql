-- The newest place of a space's log recorded at or before a time; 0 before its first. Moments rise
-- with places and the log has no gaps, so two dozen looks are enough for ten million rows, where
-- any plan over `recorded_at` may read them all.
CREATE FUNCTION lake_seq_at(of_space integer, at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint;
    high bigint;
    middle bigint;
    low_at timestamptz;
    middle_at timestamptz;
BEGIN
    SELECT p.floor_seq, p.floor_at INTO low, low_at FROM lake_spaces p WHERE p.space_id = of_space;
    SELECT c.seq INTO high FROM lake_changes c
    WHERE c.space_id = of_space ORDER BY c.seq DESC LIMIT 1;
    IF low IS NULL OR low_at > at THEN
        RETURN 0;
    END IF;
    high := coalesce(high, low);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT c.recorded_at INTO middle_at FROM lake_changes c
        WHERE c.space_id = of_space AND c.seq = middle;
        IF middle_at IS NULL OR middle_at > at THEN
            high := middle - 1;
        ELSE
            low := middle;
        END IF;
    END LOOP;
    RETURN low;
END $$;
