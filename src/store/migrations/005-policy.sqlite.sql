-- Policies: what they are, what accounts were given, what holds them back, and what was
-- done about it.  Percentages are whole numbers of 10^-12 (12 places) where they are
-- compared, and text where they are shown.

-- Whether an account takes no jobs: 1 by a policy, 2 by an operator, 3 by both.  Kept with
-- policy_account and account_hold, for the hook, which reads the row anyway.
ALTER TABLE subject ADD COLUMN halted INTEGER NOT NULL DEFAULT 0;

-- The users of an account, whose days are summed up.
CREATE INDEX membership_account ON membership (account_id, user_id);

-- Rows stay when a policy is deleted: its logs point to them.
CREATE TABLE policy (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        cluster TEXT NOT NULL,
        document TEXT NOT NULL,         -- JSON, as the API has it
        created_at INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        changed_at INTEGER NOT NULL,
        has_fired INTEGER NOT NULL DEFAULT 0,
        fired_at INTEGER,               -- when has_fired changed
        evaluated_at INTEGER,           -- the last complete run
        deleted_at INTEGER
);

-- What people did to them; before or after is NULL when there was no policy then.
CREATE TABLE policy_change (
        entry_id INTEGER NOT NULL PRIMARY KEY REFERENCES entry (id),
        policy_id INTEGER NOT NULL REFERENCES policy (id),
        document_before TEXT,
        document_after TEXT
);

-- What an account was given.  Of several for one day the one that was set last counts;
-- one that was taken back has the entry that did it.
CREATE TABLE allocation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        account_id INTEGER NOT NULL REFERENCES subject (id),
        resource TEXT NOT NULL,         -- Slurm's name of a TRES
        window_id INTEGER NOT NULL,
        amount INTEGER NOT NULL CHECK (amount >= 0),
        first_day INTEGER NOT NULL,     -- YYYYMMDD; 0: from the beginning of time
        last_day INTEGER NOT NULL,      -- 99999999: for good
        note TEXT,
        entry_id INTEGER NOT NULL REFERENCES entry (id),
        removed_by INTEGER REFERENCES entry (id)
);
CREATE INDEX allocation_account ON allocation (account_id, window_id, removed_by);

-- What a policy holds an account back by: the percentage of the threshold, 0 for not.
CREATE TABLE policy_account (
        policy_id INTEGER NOT NULL REFERENCES policy (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        paused_at INTEGER NOT NULL DEFAULT 0,
        downscaled_at INTEGER NOT NULL DEFAULT 0,
        blocked_at INTEGER NOT NULL DEFAULT 0,
        halts INTEGER NOT NULL DEFAULT 0,       -- it takes no jobs because of that
        percentage TEXT NOT NULL DEFAULT '0',
        window TEXT NOT NULL DEFAULT '',        -- '2026-Q4'
        next_day INTEGER NOT NULL DEFAULT 0,    -- when the next one begins, YYYYMMDD
        plan TEXT,                              -- the last that was asked for
        reset_window TEXT NOT NULL DEFAULT '',  -- the last for which usage was reset
        evaluated_at INTEGER NOT NULL,
        PRIMARY KEY (policy_id, account_id)
) WITHOUT ROWID;
CREATE INDEX policy_account_account ON policy_account (account_id);

-- What an operator holds an account back by: 1 slowed down, 2 paused.
CREATE TABLE account_hold (
        account_id INTEGER NOT NULL PRIMARY KEY REFERENCES subject (id),
        level INTEGER NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT,
        since INTEGER NOT NULL,
        entry_id INTEGER NOT NULL REFERENCES entry (id)
);

-- Of what somebody is notified, once; sent_at when the mailer took it.
CREATE TABLE notified (
        policy_id INTEGER NOT NULL REFERENCES policy (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        window TEXT NOT NULL,
        threshold INTEGER NOT NULL,
        percentage TEXT NOT NULL,
        at INTEGER NOT NULL,
        sent_at INTEGER,
        PRIMARY KEY (policy_id, account_id, window, threshold)
) WITHOUT ROWID;
CREATE INDEX notified_waiting ON notified (at) WHERE sent_at IS NULL;

CREATE TABLE evaluation_log (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        policy_id INTEGER NOT NULL REFERENCES policy (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        window TEXT NOT NULL,
        percentage TEXT NOT NULL,
        grace_limit TEXT NOT NULL,
        actions TEXT NOT NULL,          -- 'pause,downscale,notify'
        paused_before INTEGER NOT NULL,
        downscaled_before INTEGER NOT NULL,
        paused INTEGER NOT NULL,
        downscaled INTEGER NOT NULL,
        outbox_id INTEGER,              -- the plan that came of it
        evaluated_at INTEGER NOT NULL
);
CREATE INDEX evaluation_log_account ON evaluation_log (policy_id, account_id, id);
CREATE INDEX evaluation_log_time ON evaluation_log (evaluated_at);

-- Plans that wait to be carried out, and what became of them.
CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        policy_id INTEGER REFERENCES policy (id), -- NULL: an operator's, without one
        account_id INTEGER NOT NULL REFERENCES subject (id),
        window TEXT NOT NULL,
        resets INTEGER NOT NULL,        -- it also sets Slurm's RawUsage to 0
        message TEXT NOT NULL,          -- JSON, as agents read it
        created_at INTEGER NOT NULL,
        superseded INTEGER NOT NULL DEFAULT 0,  -- a newer one of the account is there
        sent_at INTEGER,
        done_at INTEGER,
        success INTEGER,
        answer TEXT                     -- JSON, as the agent reports
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE done_at IS NULL AND superseded = 0;
CREATE INDEX outbox_account ON outbox (account_id, done_at);

-- The commands of a plan; success is not known before somebody has run them.
CREATE TABLE command_history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        outbox_id INTEGER NOT NULL REFERENCES outbox (id),
        policy_id INTEGER REFERENCES policy (id),
        account_id INTEGER NOT NULL REFERENCES subject (id),
        kind TEXT NOT NULL,             -- fairshare, limits, qos, reset_usage
        shell_command TEXT NOT NULL,
        planned_at INTEGER NOT NULL,
        mode TEXT,                      -- production, emulator
        started_at INTEGER,
        ended_at INTEGER,
        success INTEGER,
        error_message TEXT
);
CREATE INDEX command_history_account ON command_history (policy_id, account_id, id);

-- What happened, for those who follow it.
CREATE TABLE event (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        policy_id INTEGER REFERENCES policy (id),
        account_id INTEGER REFERENCES subject (id),
        text TEXT NOT NULL,
        told INTEGER NOT NULL DEFAULT 0 -- 1: it went out; -T: somebody began to tell it at T
);
CREATE INDEX event_time ON event (at);
CREATE INDEX event_untold ON event (id) WHERE told <= 0;
