-- Reservations know their jobs, and how far the reconciler has compared.

-- The job of a reservation, once Slurm has given it an id.  submit_at is when the
-- job was submitted at first; slurmctld moves its own at each requeue.
CREATE TABLE binding (
        uuid TEXT NOT NULL PRIMARY KEY,
        cluster_id INTEGER NOT NULL REFERENCES cluster (id),
        job_id INTEGER NOT NULL,        -- of an array: the array's
        submit_at INTEGER NOT NULL,
        bound_at INTEGER NOT NULL,
        missing_since INTEGER,          -- since when neither Slurm's queue nor its
                                        -- accounting could say what became of it
        UNIQUE (cluster_id, job_id, submit_at)
) WITHOUT ROWID;

-- What runs: raw job id, since when (suspended time taken off), and since when it
-- is suspended.  Nothing in them while the job waits.
ALTER TABLE reservation ADD COLUMN job_id INTEGER;
ALTER TABLE reservation ADD COLUMN running_since INTEGER;
ALTER TABLE reservation ADD COLUMN paused_at INTEGER;
-- The last time that tasks ended or the job was changed.
ALTER TABLE reservation ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;

-- What a reservation was before an update that slurmctld may refuse after us.
CREATE TABLE reservation_before (
        uuid TEXT NOT NULL,
        array_task INTEGER NOT NULL,
        account_id INTEGER NOT NULL REFERENCES subject (id),
        tres TEXT NOT NULL,
        seconds INTEGER NOT NULL,
        changed_at INTEGER NOT NULL,
        PRIMARY KEY (uuid, array_task)
) WITHOUT ROWID;

-- What people want to know of a job that has ended.
ALTER TABLE charge ADD COLUMN array_job_id INTEGER;
ALTER TABLE charge ADD COLUMN tres TEXT;
-- The share of it that was given back, by the site's refund rules.
ALTER TABLE charge ADD COLUMN refund_percent INTEGER NOT NULL DEFAULT 0;

-- How far the ledger has been compared with Slurm, by cluster.
CREATE TABLE reconciliation (
        cluster_id INTEGER NOT NULL PRIMARY KEY REFERENCES cluster (id),
        compared_at INTEGER NOT NULL,   -- begin of the last pass that was complete
        charged_until INTEGER NOT NULL, -- every end before this is in the ledger
        drift INTEGER NOT NULL,         -- differences that the last pass found
        drift_total INTEGER NOT NULL
);
