-- The first ledger. Dates are ISO text, moments are UTC ISO text, lists and mappings are JSON text.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- One row per run. A date may have several; only `published` ones count.
CREATE TABLE nights (
  id                  TEXT PRIMARY KEY,
  business_date       TEXT NOT NULL,
  sequence            INTEGER NOT NULL,
  state               TEXT NOT NULL CHECK (state IN ('running', 'published', 'failed')),
  pid                 INTEGER NOT NULL,
  process             TEXT NOT NULL,
  started_at          TEXT NOT NULL,
  finished_at         TEXT,
  snapshot            TEXT UNIQUE,
  declarations_sha256 TEXT,
  figures_sha256      TEXT,
  summary             TEXT NOT NULL DEFAULT '{}',
  error               TEXT,
  UNIQUE (business_date, sequence),
  CHECK (state <> 'published' OR snapshot IS NOT NULL)
) STRICT;

-- One row per sheet that came, refused ones too.
CREATE TABLE deliveries (
  id             TEXT PRIMARY KEY,
  night          TEXT NOT NULL REFERENCES nights (id),
  dataset        TEXT,
  supplier       TEXT,
  file_name      TEXT NOT NULL,
  sheet          TEXT NOT NULL DEFAULT '',
  sha256         TEXT NOT NULL,
  coverage_start TEXT,
  coverage_end   TEXT,
  periods        TEXT NOT NULL DEFAULT '[]',
  received_on    TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN
                   ('in_force', 'replaced', 'duplicate', 'refused', 'held', 'withdrawn', 'purged')),
  rows           INTEGER NOT NULL DEFAULT 0,
  loaded         INTEGER NOT NULL DEFAULT 0,
  quarantined    INTEGER NOT NULL DEFAULT 0,
  listed         TEXT NOT NULL DEFAULT '{}',
  totals_tie     INTEGER,
  key_duplicates INTEGER NOT NULL DEFAULT 0,
  reasons        TEXT NOT NULL DEFAULT '[]',
  told           TEXT NOT NULL DEFAULT '[]',
  refusal_code   TEXT,
  say            TEXT,
  say_en         TEXT,
  replaces       TEXT NOT NULL DEFAULT '[]',
  decided        TEXT,
  CHECK (state <> 'in_force' OR (dataset IS NOT NULL AND supplier IS NOT NULL))
) STRICT;
CREATE INDEX deliveries_by_state ON deliveries (state, dataset, supplier);
CREATE INDEX deliveries_by_sha256 ON deliveries (sha256);

-- Datasets that the next night must load again from the archive (a withdrawal, a changed contract).
CREATE TABLE reloads (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  dataset  TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  reason   TEXT NOT NULL,
  night    TEXT REFERENCES nights (id)
) STRICT;

-- One finding per target, unit and period, ever. `judged` is the last standing that judged rows (never missing or error).
CREATE TABLE findings (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  target      TEXT NOT NULL,
  metric      TEXT,
  unit        TEXT NOT NULL,
  period      TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('found', 'assigned', 'received', 'planned', 'contested', 'rectifying',
                'evidenced', 'verified', 'closed', 'returned', 'awaiting_verification', 'looked_back')),
  standing    TEXT NOT NULL,
  judged      TEXT NOT NULL,
  severity    TEXT NOT NULL CHECK (severity IN ('high', 'medium', 'low')),
  owner       TEXT NOT NULL,
  first_seen  TEXT NOT NULL,
  last_seen   TEXT NOT NULL,
  due_on      TEXT NOT NULL,
  short_by    TEXT,
  numerator   TEXT,
  denominator TEXT,
  cause       TEXT,
  sentence_zh TEXT NOT NULL DEFAULT '',
  sentence_en TEXT NOT NULL DEFAULT '',
  told_night  TEXT REFERENCES nights (id),
  UNIQUE (target, unit, period)
) STRICT;

CREATE TABLE finding_events (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  finding_id INTEGER NOT NULL REFERENCES findings (id),
  at         TEXT NOT NULL,
  night      TEXT REFERENCES nights (id),
  who        TEXT NOT NULL,
  action     TEXT NOT NULL,
  from_state TEXT,
  to_state   TEXT NOT NULL,
  reason     TEXT,
  comment    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX finding_events_by_finding ON finding_events (finding_id);

CREATE TABLE letters (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  night      TEXT NOT NULL REFERENCES nights (id),
  unit       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('letter', 'receipt', 'office', 'operator')),
  recipient  TEXT,
  subject    TEXT NOT NULL DEFAULT '',
  content    TEXT NOT NULL DEFAULT '{}',   -- what it tells, so that it can be written after a kill
  path       TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  state      TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'written', 'failed', 'superseded')),
  reason     TEXT,
  attempts   INTEGER NOT NULL DEFAULT 0,
  sent_at    TEXT
) STRICT;
CREATE INDEX letters_by_state ON letters (state);

-- Each row's hash covers the row before it; meta.audit_head repeats the last one.
CREATE TABLE audit (
  seq           INTEGER PRIMARY KEY,
  at            TEXT NOT NULL,
  who           TEXT NOT NULL,
  action        TEXT NOT NULL,
  detail        TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash          TEXT NOT NULL
) STRICT;

CREATE TABLE heartbeats (
  name   TEXT PRIMARY KEY,
  at     TEXT NOT NULL,
  note   TEXT NOT NULL DEFAULT ''
) STRICT;
