-- A ledger may have come to format 5 by a step that lacked this column; others have it and pass it over.
ALTER TABLE findings ADD COLUMN entered TEXT;
