-- The numbers of formal documents: one is given once and never again. Dates are business dates as ISO text.
CREATE TABLE numbered_documents (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT NOT NULL CHECK (kind IN ('notice', 'supervision')),
  year     TEXT NOT NULL,
  number   INTEGER NOT NULL,
  unit     TEXT NOT NULL,
  findings TEXT NOT NULL,  -- their ids, ascending, as JSON
  by_day   TEXT NOT NULL,  -- the deadline that it sets
  on_day   TEXT NOT NULL,
  at       TEXT NOT NULL,
  who      TEXT NOT NULL,
  UNIQUE (kind, year, number)
) STRICT;
