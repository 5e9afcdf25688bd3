-- Since when nobody judges an open finding: its target, its unit or its dataset is no longer declared.
ALTER TABLE findings ADD COLUMN unjudged_since TEXT;
-- What a person entered a finding from, as JSON: source, basis, and the row of the ledger of visits if it has one.
ALTER TABLE findings ADD COLUMN entered TEXT;
