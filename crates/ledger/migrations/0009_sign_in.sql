-- What getting in takes besides a password: second factors with the codes that stand in for them, sign-ins that wait for
-- one, and links by which a password is set anew.

-- Offered when it is shown, in force once a code of it was typed. `last_step` is the step of the last code that was taken,
-- in 30 seconds since 1970: no code is taken twice.
CREATE TABLE second_factor (
    person TEXT PRIMARY KEY REFERENCES person (id),
    secret TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    confirmed_at TEXT,
    last_step INTEGER NOT NULL
) STRICT;

-- Removed when it is used.
CREATE TABLE recovery_code (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id)
) STRICT;
CREATE INDEX recovery_code_person ON recovery_code (person);

CREATE TABLE waiting_sign_in (
    hash TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    ends_at TEXT NOT NULL
) STRICT;
CREATE INDEX waiting_sign_in_person ON waiting_sign_in (person);

-- One a person, removed when it is used.
CREATE TABLE reset_link (
    person TEXT PRIMARY KEY REFERENCES person (id),
    hash TEXT NOT NULL UNIQUE,
    expires_at TEXT NOT NULL
) STRICT;
