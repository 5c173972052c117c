-- Who speaks for which function, what functions said of a version, links that show the one page, and what partners asked.

-- The head of a function; without one nobody may speak for it yet.
CREATE TABLE function_head (
    function TEXT PRIMARY KEY,
    person TEXT REFERENCES person (id)
) STRICT;
INSERT INTO function_head (function) VALUES ('marketing'), ('product'), ('sales');

-- What a function says of one version, exactly: the last row of a version and function counts.
CREATE TABLE acknowledgement (
    number INTEGER PRIMARY KEY,
    version INTEGER NOT NULL REFERENCES strategy_version (number),
    sha256 TEXT NOT NULL,
    function TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    at TEXT NOT NULL,
    stance TEXT NOT NULL CHECK (stance IN ('seen', 'objects')),
    words TEXT NOT NULL
) STRICT;
CREATE INDEX acknowledgement_version ON acknowledgement (version, number);
APPEND ONLY acknowledgement;

-- A link that shows the one page to whoever holds it; without a version that of the version in force.
CREATE TABLE share (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    version INTEGER REFERENCES strategy_version (number),
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_by TEXT,
    revoked_at TEXT,
    used_at TEXT
) STRICT;

-- The company, its words, and what they were answered from: the state of the cell, in the version in force.
ALTER TABLE ask ADD COLUMN company TEXT NOT NULL DEFAULT '';
ALTER TABLE ask ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE ask ADD COLUMN state TEXT NOT NULL DEFAULT 'undecided';
ALTER TABLE ask ADD COLUMN version INTEGER REFERENCES strategy_version (number);
APPEND ONLY ask;
