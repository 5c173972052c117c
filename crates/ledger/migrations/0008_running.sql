-- The running of bets: steps that targets are said to have reached, partners as people know them, launch plans.

-- That a target reached a step on a day. What is taken back is another row, which names the one that it takes back.
CREATE TABLE target_step (
    number INTEGER PRIMARY KEY,
    target TEXT NOT NULL REFERENCES target (id),
    step TEXT NOT NULL,
    on_day TEXT NOT NULL,
    note TEXT,
    undoes INTEGER UNIQUE REFERENCES target_step (number),
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
) STRICT;
CREATE INDEX target_step_target ON target_step (target, number);
APPEND ONLY target_step;

-- Targets that were named before begin as those do that are named now: on the day of their first step.
INSERT INTO target_step (number, target, step, on_day, said_by, said_at)
SELECT ROW_NUMBER() OVER (ORDER BY l.number), l.target, 'targeted', COALESCE(l.due, SUBSTR(l.at, 1, 10)), l.saved_by, l.at
FROM target_log l
WHERE l.number = (SELECT MIN(f.number) FROM target_log f WHERE f.target = l.target);

CREATE TABLE partner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    website TEXT,
    added_by TEXT NOT NULL,
    added_at TEXT NOT NULL
) STRICT;

-- What was agreed with a partner, given to it and got from it, and who of us it belongs to: the last of a kind counts
-- where there can be one.
CREATE TABLE partner_entry (
    number INTEGER PRIMARY KEY,
    partner TEXT NOT NULL,
    kind TEXT NOT NULL,
    on_day TEXT NOT NULL,
    words TEXT NOT NULL,
    with_whom TEXT,
    written_by TEXT NOT NULL,
    written_at TEXT NOT NULL
) STRICT;
CREATE INDEX partner_entry_partner ON partner_entry (partner, number);
APPEND ONLY partner_entry;

-- That a task of a bet's launch plan was done; without a day, that it was not after all.
CREATE TABLE launch_entry (
    number INTEGER PRIMARY KEY,
    bet TEXT NOT NULL,
    task TEXT NOT NULL,
    done_on TEXT,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
) STRICT;
CREATE INDEX launch_entry_bet ON launch_entry (bet, number);
APPEND ONLY launch_entry;
