-- Budgets for a month, a quarter or a year, and for every TRES.

INSERT INTO budget_window (id, name) VALUES (2, 'month'), (3, 'quarter'), (4, 'year');

-- A row of `balance` for another window than total, or for another resource than cpu and
-- gpu, is there when somebody has set such a budget.  What is consumed in it is what
-- usage_day has for its days, less refunds, and the adjustments that name its window.
-- What is reserved is the part of the unfinished jobs that can fall into it.

-- Added to the budget: what was left of the window before.
ALTER TABLE balance ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;
-- The window that it is about now: from the first to the last day (YYYYMMDD), and the
-- same in UTC seconds.
ALTER TABLE balance ADD COLUMN first_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE balance ADD COLUMN last_day INTEGER NOT NULL DEFAULT 99999999;
ALTER TABLE balance ADD COLUMN since_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE balance ADD COLUMN until_at INTEGER NOT NULL DEFAULT 9223372036854775807;
-- 0: nothing is carried over; 1: capped at so many percent of the budget; 2: decay with
-- a half-life of so many days.
ALTER TABLE balance ADD COLUMN carryover INTEGER NOT NULL DEFAULT 0;
ALTER TABLE balance ADD COLUMN carryover_value INTEGER NOT NULL DEFAULT 0;
-- The entry with which it began.
ALTER TABLE balance ADD COLUMN opened_by INTEGER NOT NULL DEFAULT 0;
-- What has not been counted since then: 1 reserved, 2 consumed.  The column says by how
-- much it has changed until it is counted.
ALTER TABLE balance ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;

-- What was given back of the amount.
ALTER TABLE usage_day ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;

-- Refunds of before are on the last day that has something: nobody knows any more which
-- were theirs.
UPDATE usage_day SET refunded = -coalesce(
        (SELECT sum(l.amount) FROM entry e JOIN entry_line l ON l.entry_id = e.id
         WHERE e.kind = 'refund' AND e.user_id = usage_day.user_id
         AND e.account_id = usage_day.account_id AND l.resource_id = usage_day.resource_id),
        0)
WHERE resource_id <= 2 AND day =
        (SELECT max(d.day) FROM usage_day d WHERE d.user_id = usage_day.user_id
         AND d.account_id = usage_day.account_id AND d.resource_id = usage_day.resource_id);

-- Windows that are over, as they stood at their end.  Late charges are still added to
-- them.  Of the last one before the window of now, `promised` is what unfinished jobs can
-- have used of it; it is kept for what is carried over.
CREATE TABLE window_close (
        subject_id INTEGER NOT NULL REFERENCES subject (id),
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        window_id INTEGER NOT NULL REFERENCES budget_window (id),
        first_day INTEGER NOT NULL,
        entry_id INTEGER NOT NULL REFERENCES entry (id),
        last_day INTEGER NOT NULL,
        since_at INTEGER NOT NULL,
        until_at INTEGER NOT NULL,
        budget INTEGER NOT NULL,
        carried INTEGER NOT NULL,
        consumed INTEGER NOT NULL,
        promised INTEGER NOT NULL,
        uncounted INTEGER NOT NULL,
        carryover INTEGER NOT NULL,
        carryover_value INTEGER NOT NULL,
        carried_over INTEGER NOT NULL,
        opened_by INTEGER NOT NULL,
        closed_at INTEGER NOT NULL,
        PRIMARY KEY (subject_id, resource_id, window_id, first_day, entry_id)
) WITHOUT ROWID;
-- Who counts looks for them every minute.
CREATE INDEX window_close_uncounted ON window_close (uncounted) WHERE uncounted > 0;
