-- Who is told what and when. Dates are business dates as ISO text, moments UTC ISO text.

-- What the owner of a finding has not been told yet: new, relapsed, worse, overdue, put_right.
ALTER TABLE findings ADD COLUMN untold TEXT;

-- Letters to a leader in charge; `held`: after a restore a letter waits for the clerk. `tried_at`: the last attempt.
CREATE TABLE letters_again (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  night      TEXT NOT NULL REFERENCES nights (id),
  unit       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('letter', 'leader', 'receipt', 'office', 'operator')),
  recipient  TEXT,
  subject    TEXT NOT NULL DEFAULT '',
  content    TEXT NOT NULL DEFAULT '{}',
  path       TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  state      TEXT NOT NULL DEFAULT 'queued'
               CHECK (state IN ('queued', 'held', 'sent', 'written', 'failed', 'superseded')),
  reason     TEXT,
  attempts   INTEGER NOT NULL DEFAULT 0,
  sent_at    TEXT,
  tried_at   TEXT
) STRICT;
INSERT INTO letters_again (id, night, unit, kind, recipient, subject, content, path, message_id, state, reason, attempts,
                           sent_at)
  SELECT id, night, unit, kind, recipient, subject, content, path, message_id, state, reason, attempts, sent_at
  FROM letters;
DROP TABLE letters;
ALTER TABLE letters_again RENAME TO letters;
CREATE INDEX letters_by_state ON letters (state);
CREATE INDEX letters_by_unit ON letters (unit, kind);

-- What became of every letter, and why a unit with open findings got none that night.
CREATE TABLE letter_log (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        TEXT NOT NULL,
  night     TEXT NOT NULL REFERENCES nights (id),
  unit      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  letter_id INTEGER REFERENCES letters (id),
  reason    TEXT NOT NULL,
  findings  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX letter_log_by_night ON letter_log (night);

-- Findings that are told to nobody until a day: one finding, all of a unit, or all of a target.
CREATE TABLE silences (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  finding  INTEGER REFERENCES findings (id),
  unit     TEXT,
  target   TEXT,
  from_on  TEXT NOT NULL,
  until_on TEXT NOT NULL,
  reason   TEXT NOT NULL,
  who      TEXT NOT NULL,
  ended_on TEXT,
  ended_by TEXT,
  CHECK ((finding IS NOT NULL) + (unit IS NOT NULL) + (target IS NOT NULL) >= 1)
) STRICT;
