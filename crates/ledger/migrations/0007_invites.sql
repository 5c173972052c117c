-- Who is invited: the hash of a link that works once, and what became of it.

CREATE TABLE invite (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    withdrawn_at TEXT
) STRICT;
CREATE INDEX invite_made ON invite (made_at);
