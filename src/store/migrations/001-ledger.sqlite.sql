-- The ledger.  Entries and reservations are the truth, balances are kept with
-- them in the same transaction.  All times are UTC seconds, all amounts
-- TRES-seconds.

-- Ids are never used again: what remembers one must not find another subject.
CREATE TABLE subject (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('user', 'account')),
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (kind, name)
);

-- What is metered: the budgeted resources, and every TRES that a job has used.
CREATE TABLE resource (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
);
INSERT INTO resource (id, name) VALUES (1, 'cpu'), (2, 'gpu');

-- The time a budget covers.
CREATE TABLE budget_window (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
);
INSERT INTO budget_window (id, name) VALUES (1, 'total');

CREATE TABLE balance (
        subject_id INTEGER NOT NULL REFERENCES subject (id),
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        window_id INTEGER NOT NULL REFERENCES budget_window (id),
        budget INTEGER NOT NULL,                -- -1: unlimited
        consumed INTEGER NOT NULL DEFAULT 0,
        reserved INTEGER NOT NULL DEFAULT 0,
        tasks INTEGER NOT NULL DEFAULT 0,       -- unfinished jobs and array tasks that hold some
        updated_at INTEGER NOT NULL,            -- last charge or change of the budget
        PRIMARY KEY (subject_id, resource_id, window_id)
) WITHOUT ROWID;

-- What a subject gets that is seen for the first time; no row: unlimited.
CREATE TABLE default_budget (
        kind TEXT NOT NULL CHECK (kind IN ('user', 'account')),
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        window_id INTEGER NOT NULL REFERENCES budget_window (id),
        budget INTEGER NOT NULL,
        PRIMARY KEY (kind, resource_id, window_id)
) WITHOUT ROWID;

-- The accounts a user has worked in.
CREATE TABLE membership (
        user_id INTEGER NOT NULL REFERENCES subject (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        PRIMARY KEY (user_id, account_id)
) WITHOUT ROWID;

-- array_task -1: the pool of all tasks (or the job itself); else one task that
-- was changed on its own.  UUIDs are ordered by time, so rows are appended.
CREATE TABLE reservation (
        uuid TEXT NOT NULL,
        array_task INTEGER NOT NULL,
        user_id INTEGER NOT NULL REFERENCES subject (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        tasks INTEGER NOT NULL CHECK (tasks > 0),
        tres TEXT NOT NULL,                     -- what one task will hold: cpu=4,node=1
        seconds INTEGER NOT NULL,               -- for how long
        created_at INTEGER NOT NULL,
        PRIMARY KEY (uuid, array_task)
) WITHOUT ROWID;

CREATE TABLE reservation_amount (
        uuid TEXT NOT NULL,
        array_task INTEGER NOT NULL,
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        per_task INTEGER NOT NULL CHECK (per_task >= 0),
        PRIMARY KEY (uuid, array_task, resource_id)
) WITHOUT ROWID;

-- The append-only ledger.  A charge counts for its user and its account; every
-- other entry concerns one of them, or neither (factors, defaults).
CREATE TABLE entry (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,     -- charge, open, budget, default, factor
        user_id INTEGER REFERENCES subject (id),
        account_id INTEGER REFERENCES subject (id),
        actor TEXT NOT NULL,
        reason TEXT
);

CREATE TABLE entry_line (
        entry_id INTEGER NOT NULL REFERENCES entry (id),
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        window_id INTEGER NOT NULL REFERENCES budget_window (id),
        amount INTEGER NOT NULL,
        PRIMARY KEY (entry_id, resource_id, window_id)
) WITHOUT ROWID;

CREATE TABLE cluster (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
);

-- One row per end of a run; the primary key is what makes charging exactly
-- once.  restarts -1: the event did not tell.  part counts the pieces of a job
-- that was resized while it ran.
CREATE TABLE charge (
        cluster_id INTEGER NOT NULL REFERENCES cluster (id),
        job_id INTEGER NOT NULL,
        submit_at INTEGER NOT NULL,
        array_task INTEGER NOT NULL,
        restarts INTEGER NOT NULL,
        part INTEGER NOT NULL,
        entry_id INTEGER NOT NULL REFERENCES entry (id),
        uuid TEXT,
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL,
        state TEXT NOT NULL,
        resized INTEGER NOT NULL,
        PRIMARY KEY (cluster_id, job_id, submit_at, array_task, restarts, part)
) WITHOUT ROWID;

-- Usage by day of the site's time zone (day: YYYYMMDD): every TRES that Slurm
-- allocated, and the weighted gpu.
CREATE TABLE usage_day (
        user_id INTEGER NOT NULL REFERENCES subject (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        day INTEGER NOT NULL,
        resource_id INTEGER NOT NULL REFERENCES resource (id),
        amount INTEGER NOT NULL,
        PRIMARY KEY (user_id, account_id, day, resource_id)
) WITHOUT ROWID;

-- Weights in millionths.
CREATE TABLE gpu_factor (
        type TEXT NOT NULL PRIMARY KEY,
        millionths INTEGER NOT NULL CHECK (millionths > 0)
) WITHOUT ROWID;

-- Read-only views with the names and columns of slurm-quota 2, for the scripts
-- that sites have.  Minutes are rounded up.
CREATE VIEW users AS
SELECT s.name AS username,
       (c.consumed + 59) / 60 AS total_consumed_cpu_minutes,
       CASE WHEN c.budget < 0 THEN -1 ELSE c.budget / 60 END AS quota_cpu_minutes,
       (g.consumed + 59) / 60 AS total_consumed_gpu_minutes,
       CASE WHEN g.budget < 0 THEN -1 ELSE g.budget / 60 END AS quota_gpu_minutes,
       datetime(max(c.updated_at, g.updated_at), 'unixepoch') AS last_updated
FROM subject s
JOIN balance c ON c.subject_id = s.id AND c.resource_id = 1 AND c.window_id = 1
JOIN balance g ON g.subject_id = s.id AND g.resource_id = 2 AND g.window_id = 1
WHERE s.kind = 'user';

CREATE VIEW accounts AS
SELECT s.name AS account,
       (c.consumed + 59) / 60 AS total_consumed_cpu_minutes,
       CASE WHEN c.budget < 0 THEN -1 ELSE c.budget / 60 END AS quota_cpu_minutes,
       (g.consumed + 59) / 60 AS total_consumed_gpu_minutes,
       CASE WHEN g.budget < 0 THEN -1 ELSE g.budget / 60 END AS quota_gpu_minutes,
       datetime(max(c.updated_at, g.updated_at), 'unixepoch') AS last_updated
FROM subject s
JOIN balance c ON c.subject_id = s.id AND c.resource_id = 1 AND c.window_id = 1
JOIN balance g ON g.subject_id = s.id AND g.resource_id = 2 AND g.window_id = 1
WHERE s.kind = 'account';

CREATE VIEW jobs_preallocations AS
SELECT r.uuid AS job_uuid, u.name AS username, a.name AS account,
       (coalesce(c.per_task, 0) + 59) / 60 AS preallocated_cpu_minutes,
       (coalesce(g.per_task, 0) + 59) / 60 AS preallocated_gpu_minutes,
       r.tasks AS array_size,
       datetime(r.created_at, 'unixepoch') AS created_at
FROM reservation r
JOIN subject u ON u.id = r.user_id
JOIN subject a ON a.id = r.account_id
LEFT JOIN reservation_amount c
       ON c.uuid = r.uuid AND c.array_task = r.array_task AND c.resource_id = 1
LEFT JOIN reservation_amount g
       ON g.uuid = r.uuid AND g.array_task = r.array_task AND g.resource_id = 2;

CREATE VIEW gpu_factors AS
SELECT type AS gpu_type, millionths / 1000000.0 AS factor FROM gpu_factor;

CREATE VIEW settings AS
SELECT 'default_' || k.kind || '_quota_' || r.name || '_minutes' AS key,
       CASE WHEN coalesce(d.budget, -1) < 0 THEN '-1'
            ELSE CAST(d.budget / 60 AS TEXT) END AS value
FROM (SELECT 'user' AS kind UNION ALL SELECT 'account') k
JOIN resource r ON r.id <= 2
LEFT JOIN default_budget d
       ON d.kind = k.kind AND d.resource_id = r.id AND d.window_id = 1;
