-- What people decide about annual reports. Dates are ISO text, moments are UTC ISO text.

-- One row per signing of a year's report: the snapshot it was counted on, which is kept from then on.
CREATE TABLE signed_reports (
  year                TEXT NOT NULL,
  snapshot            TEXT NOT NULL,
  night               TEXT NOT NULL REFERENCES nights (id),
  declarations_sha256 TEXT NOT NULL,
  figures_sha256      TEXT NOT NULL,
  signed_at           TEXT NOT NULL,
  who                 TEXT NOT NULL,
  PRIMARY KEY (year, signed_at)
) STRICT;

-- One row per scan with which a unit confirmed its figures of a year; the last one counts. `figures_sha256` covers the
-- unit's own figures as they stood then, so that a later change shows.
CREATE TABLE confirmed_figures (
  unit           TEXT NOT NULL,
  year           TEXT NOT NULL,
  snapshot       TEXT NOT NULL,
  scan_sha256    TEXT NOT NULL,
  file_name      TEXT NOT NULL,
  figures_sha256 TEXT NOT NULL,
  at             TEXT NOT NULL,
  who            TEXT NOT NULL,
  PRIMARY KEY (unit, year, at)
) STRICT;

-- One row per sentence of a year's report that a person accepted, with the hash of its words: other words are not accepted.
CREATE TABLE accepted_sentences (
  year        TEXT NOT NULL,
  sentence    TEXT NOT NULL,
  text_sha256 TEXT NOT NULL,
  at          TEXT NOT NULL,
  who         TEXT NOT NULL,
  PRIMARY KEY (year, sentence)
) STRICT;
