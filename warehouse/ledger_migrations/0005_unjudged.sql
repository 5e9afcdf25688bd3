-- Since when nobody judges an open finding: its target, its unit or its dataset is no longer declared.
ALTER TABLE findings ADD COLUMN unjudged_since TEXT;
