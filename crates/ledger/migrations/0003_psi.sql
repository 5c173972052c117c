-- What was exchanged to intersect lists without showing them: each offer, answer and opening, never changed.

CREATE TABLE psi_run (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('offer', 'answer', 'open')),
    at TEXT NOT NULL,
    done_by TEXT NOT NULL,
    partner TEXT NOT NULL,
    records INTEGER NOT NULL,
    keys INTEGER NOT NULL,
    list TEXT NOT NULL,
    their_keys INTEGER,
    their_list TEXT,
    agree INTEGER,
    file TEXT NOT NULL,
    UNIQUE (run, act)
) STRICT;
CREATE INDEX psi_run_at ON psi_run (act, at);
APPEND ONLY psi_run;
