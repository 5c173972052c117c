-- An import may take back another; long work outlives the process that did it.

ALTER TABLE import ADD COLUMN undoes INTEGER REFERENCES import (number);

-- What a job works on, which process holds it and when that was seen last, whether somebody asked it to stop, and the
-- import that came of it.
ALTER TABLE job ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN seen_at TEXT NOT NULL DEFAULT '1970-01-01T00:00:00.000000Z';
ALTER TABLE job ADD COLUMN stop_asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN import INTEGER REFERENCES import (number);
