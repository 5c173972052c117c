-- What people said of pairs of accounts, and what became of targets.

-- The two records stand as they were when they were decided, as JSON: what they are known by is worked out from that.
-- What is taken back is another row, which names the one that it takes back. Probabilities are in millionths.
CREATE TABLE match_decision (
    number INTEGER PRIMARY KEY,
    partner TEXT NOT NULL,
    ours TEXT NOT NULL,
    theirs TEXT NOT NULL,
    verdict TEXT NOT NULL,
    probability INTEGER,
    undoes INTEGER UNIQUE REFERENCES match_decision (number),
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL
) STRICT;
CREATE INDEX match_decision_partner ON match_decision (partner, number);
APPEND ONLY match_decision;

-- A row each time that a target was saved: what it said from then on.
CREATE TABLE target_log (
    number INTEGER PRIMARY KEY,
    target TEXT NOT NULL REFERENCES target (id),
    at TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    play TEXT,
    owner TEXT,
    next_step TEXT,
    due TEXT,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX target_log_target ON target_log (target, number);
APPEND ONLY target_log;
