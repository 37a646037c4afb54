-- API tokens.  The token itself is nowhere: `hash` is what the service makes of it.

-- Ids are never used again.  Rows stay when a token is revoked, so that an entry's number
-- always means the same one.
CREATE TABLE token (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        hash TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        owner TEXT NOT NULL,            -- the user whose rights it has
        role TEXT,                      -- no more than this one; NULL: what the owner may
        created_at INTEGER NOT NULL,
        expires_at INTEGER,             -- NULL: never
        revoked_at INTEGER,
        last_used_at INTEGER            -- to about a minute
);
CREATE INDEX token_owner ON token (owner, revoked_at);
