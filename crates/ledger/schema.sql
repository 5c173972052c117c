CREATE INDEX acknowledgement_version ON acknowledgement (version, number);

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

CREATE TRIGGER acknowledgement_is_never_changed BEFORE UPDATE ON acknowledgement
         BEGIN SELECT RAISE(ABORT, 'a row of acknowledgement is never changed'); END;

CREATE TRIGGER acknowledgement_is_never_removed BEFORE DELETE ON acknowledgement
         BEGIN SELECT RAISE(ABORT, 'a row of acknowledgement is never removed'); END;

CREATE TABLE ask (
    number INTEGER PRIMARY KEY,
    cell TEXT NOT NULL,
    who TEXT NOT NULL,
    on_day TEXT NOT NULL,
    answer TEXT NOT NULL,
    written_by TEXT NOT NULL
, company TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'undecided', version INTEGER REFERENCES strategy_version (number)) STRICT;

CREATE TRIGGER ask_is_never_changed BEFORE UPDATE ON ask
         BEGIN SELECT RAISE(ABORT, 'a row of ask is never changed'); END;

CREATE TRIGGER ask_is_never_removed BEFORE DELETE ON ask
         BEGIN SELECT RAISE(ABORT, 'a row of ask is never removed'); END;

CREATE INDEX attempt_key ON attempt (key, at);

CREATE TABLE attempt (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
         BEGIN SELECT RAISE(ABORT, 'a row of audit is never changed'); END;

CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
         BEGIN SELECT RAISE(ABORT, 'a row of audit is never removed'); END;

CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX commitment_review ON commitment (review, number);

CREATE TABLE commitment (
    number INTEGER PRIMARY KEY,
    review INTEGER NOT NULL REFERENCES review (number),
    bet TEXT,
    says TEXT NOT NULL,
    who TEXT NOT NULL,
    by_day TEXT NOT NULL,
    written_by TEXT NOT NULL,
    written_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER commitment_is_never_changed BEFORE UPDATE ON commitment
         BEGIN SELECT RAISE(ABORT, 'a row of commitment is never changed'); END;

CREATE TRIGGER commitment_is_never_removed BEFORE DELETE ON commitment
         BEGIN SELECT RAISE(ABORT, 'a row of commitment is never removed'); END;

CREATE INDEX commitment_said_of ON commitment_said (commitment, number);

CREATE TABLE commitment_said (
    number INTEGER PRIMARY KEY,
    commitment INTEGER NOT NULL REFERENCES commitment (number),
    outcome TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER commitment_said_is_never_changed BEFORE UPDATE ON commitment_said
         BEGIN SELECT RAISE(ABORT, 'a row of commitment_said is never changed'); END;

CREATE TRIGGER commitment_said_is_never_removed BEFORE DELETE ON commitment_said
         BEGIN SELECT RAISE(ABORT, 'a row of commitment_said is never removed'); END;

CREATE INDEX decision_subject ON decision (subject, number);

CREATE TABLE decision (
    number INTEGER PRIMARY KEY,
    on_day TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT,
    reason TEXT NOT NULL,
    snapshot TEXT REFERENCES snapshot (id),
    evidence TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    against_gate INTEGER NOT NULL CHECK (against_gate IN (0, 1)),
    review INTEGER REFERENCES review (number),
    version INTEGER REFERENCES strategy_version (number)
) STRICT;

CREATE TRIGGER decision_is_never_changed BEFORE UPDATE ON decision
         BEGIN SELECT RAISE(ABORT, 'a row of decision is never changed'); END;

CREATE TRIGGER decision_is_never_removed BEFORE DELETE ON decision
         BEGIN SELECT RAISE(ABORT, 'a row of decision is never removed'); END;

CREATE TABLE draft (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    text TEXT NOT NULL,
    revision INTEGER NOT NULL,
    saved_by TEXT,
    saved_at TEXT
) STRICT;

CREATE TABLE function_head (
    function TEXT PRIMARY KEY,
    person TEXT REFERENCES person (id)
) STRICT;

CREATE TABLE import (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    snapshot TEXT NOT NULL REFERENCES snapshot (id),
    is_new INTEGER NOT NULL CHECK (is_new IN (0, 1)),
    report TEXT NOT NULL
, undoes INTEGER REFERENCES import (number)) STRICT;

CREATE INDEX invite_made ON invite (made_at);

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

CREATE INDEX job_started ON job (started_at);

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    percent INTEGER NOT NULL,
    message TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT
, subject TEXT NOT NULL DEFAULT '', holder TEXT NOT NULL DEFAULT '', seen_at TEXT NOT NULL DEFAULT '1970-01-01T00:00:00.000000Z', stop_asked INTEGER NOT NULL DEFAULT 0, import INTEGER REFERENCES import (number)) STRICT;

CREATE INDEX launch_entry_bet ON launch_entry (bet, number);

CREATE TABLE launch_entry (
    number INTEGER PRIMARY KEY,
    bet TEXT NOT NULL,
    task TEXT NOT NULL,
    done_on TEXT,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER launch_entry_is_never_changed BEFORE UPDATE ON launch_entry
         BEGIN SELECT RAISE(ABORT, 'a row of launch_entry is never changed'); END;

CREATE TRIGGER launch_entry_is_never_removed BEFORE DELETE ON launch_entry
         BEGIN SELECT RAISE(ABORT, 'a row of launch_entry is never removed'); END;

CREATE INDEX match_decision_partner ON match_decision (partner, number);

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

CREATE TRIGGER match_decision_is_never_changed BEFORE UPDATE ON match_decision
         BEGIN SELECT RAISE(ABORT, 'a row of match_decision is never changed'); END;

CREATE TRIGGER match_decision_is_never_removed BEFORE DELETE ON match_decision
         BEGIN SELECT RAISE(ABORT, 'a row of match_decision is never removed'); END;

CREATE TABLE migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;

CREATE INDEX note_bet ON note (bet, on_day);

CREATE TABLE note (
    number INTEGER PRIMARY KEY,
    bet TEXT NOT NULL,
    on_day TEXT NOT NULL,
    words TEXT NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('for', 'against', 'neutral')),
    source TEXT,
    written_by TEXT NOT NULL
) STRICT;

CREATE TABLE partner (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    website TEXT,
    added_by TEXT NOT NULL,
    added_at TEXT NOT NULL
) STRICT;

CREATE INDEX partner_entry_partner ON partner_entry (partner, number);

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

CREATE TRIGGER partner_entry_is_never_changed BEFORE UPDATE ON partner_entry
         BEGIN SELECT RAISE(ABORT, 'a row of partner_entry is never changed'); END;

CREATE TRIGGER partner_entry_is_never_removed BEFORE DELETE ON partner_entry
         BEGIN SELECT RAISE(ABORT, 'a row of partner_entry is never removed'); END;

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;

CREATE TABLE profile (
    name TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    toml TEXT NOT NULL,
    saved_at TEXT NOT NULL
) STRICT;

CREATE INDEX psi_run_at ON psi_run (act, at);

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

CREATE TRIGGER psi_run_is_never_changed BEFORE UPDATE ON psi_run
         BEGIN SELECT RAISE(ABORT, 'a row of psi_run is never changed'); END;

CREATE TRIGGER psi_run_is_never_removed BEFORE DELETE ON psi_run
         BEGIN SELECT RAISE(ABORT, 'a row of psi_run is never removed'); END;

CREATE INDEX recovery_code_person ON recovery_code (person);

CREATE TABLE recovery_code (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id)
) STRICT;

CREATE TABLE reset_link (
    person TEXT PRIMARY KEY REFERENCES person (id),
    hash TEXT NOT NULL UNIQUE,
    expires_at TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_open_review ON review ((closed_at IS NULL)) WHERE closed_at IS NULL;

CREATE TABLE review (
    number INTEGER PRIMARY KEY,
    cycle TEXT NOT NULL,
    snapshot TEXT REFERENCES snapshot (id),
    opened_at TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    revision INTEGER NOT NULL,
    closed_at TEXT,
    closed_by TEXT,
    next_review TEXT,
    minutes TEXT
) STRICT;

CREATE TABLE review_item (
    review INTEGER NOT NULL REFERENCES review (number),
    bet TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    decided_by TEXT NOT NULL, next_gate TEXT,
    PRIMARY KEY (review, bet)
) STRICT;

CREATE TABLE second_factor (
    person TEXT PRIMARY KEY REFERENCES person (id),
    secret TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    confirmed_at TEXT,
    last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE sent_back (
    version INTEGER PRIMARY KEY REFERENCES strategy_version (number),
    by_actor TEXT NOT NULL,
    at TEXT NOT NULL,
    comment TEXT NOT NULL
) STRICT;

CREATE TRIGGER sent_back_is_never_changed BEFORE UPDATE ON sent_back
         BEGIN SELECT RAISE(ABORT, 'a row of sent_back is never changed'); END;

CREATE TRIGGER sent_back_is_never_removed BEFORE DELETE ON sent_back
         BEGIN SELECT RAISE(ABORT, 'a row of sent_back is never removed'); END;

CREATE INDEX session_person ON session (person);

CREATE TABLE session (
    id_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    csrf TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    ends_at TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE setup_link (
    hash TEXT PRIMARY KEY,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;

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

CREATE TABLE signature (
    version INTEGER PRIMARY KEY REFERENCES strategy_version (number),
    person TEXT NOT NULL REFERENCES person (id),
    at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    conditions TEXT
) STRICT;

CREATE TRIGGER signature_is_never_changed BEFORE UPDATE ON signature
         BEGIN SELECT RAISE(ABORT, 'a row of signature is never changed'); END;

CREATE TRIGGER signature_is_never_removed BEFORE DELETE ON signature
         BEGIN SELECT RAISE(ABORT, 'a row of signature is never removed'); END;

CREATE TABLE snapshot (
    id TEXT PRIMARY KEY,
    taken_at TEXT NOT NULL,
    as_of TEXT NOT NULL,
    manifest TEXT NOT NULL,
    label TEXT NOT NULL,
    imported_by TEXT NOT NULL
) STRICT;

CREATE VIEW snapshot_now AS
SELECT s.id, s.taken_at, s.as_of, s.manifest, s.label, s.imported_by,
    CAST(CASE
        WHEN s.id = (SELECT snapshot FROM import ORDER BY number DESC LIMIT 1) THEN 1
        ELSE 0
    END AS INTEGER) AS in_force
FROM snapshot s;

CREATE TABLE strategy_version (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    snapshot TEXT REFERENCES snapshot (id)
) STRICT;

CREATE TRIGGER strategy_version_is_never_changed BEFORE UPDATE ON strategy_version
         BEGIN SELECT RAISE(ABORT, 'a row of strategy_version is never changed'); END;

CREATE TRIGGER strategy_version_is_never_removed BEFORE DELETE ON strategy_version
         BEGIN SELECT RAISE(ABORT, 'a row of strategy_version is never removed'); END;

CREATE TABLE target (
    id TEXT PRIMARY KEY,
    bet TEXT NOT NULL,
    account TEXT NOT NULL,
    account_name TEXT NOT NULL,
    partner TEXT,
    play TEXT,
    owner TEXT,
    next_step TEXT,
    due TEXT,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (bet, account)
) STRICT;

CREATE INDEX target_log_target ON target_log (target, number);

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

CREATE TRIGGER target_log_is_never_changed BEFORE UPDATE ON target_log
         BEGIN SELECT RAISE(ABORT, 'a row of target_log is never changed'); END;

CREATE TRIGGER target_log_is_never_removed BEFORE DELETE ON target_log
         BEGIN SELECT RAISE(ABORT, 'a row of target_log is never removed'); END;

CREATE INDEX target_step_target ON target_step (target, number);

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

CREATE TRIGGER target_step_is_never_changed BEFORE UPDATE ON target_step
         BEGIN SELECT RAISE(ABORT, 'a row of target_step is never changed'); END;

CREATE TRIGGER target_step_is_never_removed BEFORE DELETE ON target_step
         BEGIN SELECT RAISE(ABORT, 'a row of target_step is never removed'); END;

CREATE VIEW version_now AS
SELECT v.number, v.text, v.sha256, v.asked_by, v.asked_at, v.snapshot,
    s.person AS signed_by, s.at AS signed_at, s.conditions, b.comment,
    CASE
        WHEN s.version IS NOT NULL THEN 'signed'
        WHEN b.version IS NOT NULL THEN 'sent back'
        WHEN EXISTS (SELECT 1 FROM strategy_version later WHERE later.number > v.number) THEN 'superseded'
        ELSE 'asked'
    END AS state
FROM strategy_version v
LEFT JOIN signature s ON s.version = v.number
LEFT JOIN sent_back b ON b.version = v.number;

CREATE INDEX waiting_sign_in_person ON waiting_sign_in (person);

CREATE TABLE waiting_sign_in (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    ends_at TEXT NOT NULL
) STRICT;
