-- What a review hands to the next one: how a bet goes on, and what was promised.

-- The next gate of a bet that goes on, as JSON; none where its gate stays as it is.
ALTER TABLE review_item ADD COLUMN next_gate TEXT;

-- What was promised in a review. What became of it stands beside it: a row each time that somebody said so.
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
CREATE INDEX commitment_review ON commitment (review, number);
APPEND ONLY commitment;

CREATE TABLE commitment_said (
    number INTEGER PRIMARY KEY,
    commitment INTEGER NOT NULL REFERENCES commitment (number),
    outcome TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL
) STRICT;
CREATE INDEX commitment_said_of ON commitment_said (commitment, number);
APPEND ONLY commitment_said;
