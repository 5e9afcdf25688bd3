-- What people do to findings. Dates are business dates as ISO text, lists and mappings JSON text.

-- A contested finding: since when its clock stands, and by when someone else must have decided.
ALTER TABLE findings ADD COLUMN contested_on TEXT;
ALTER TABLE findings ADD COLUMN decide_by TEXT;
-- An extension that was asked for and is not decided: working days and who asked.
ALTER TABLE findings ADD COLUMN extension TEXT;
-- When a closed finding is looked back on.
ALTER TABLE findings ADD COLUMN look_back_on TEXT;
-- The business date of a person's move; evidence by hash and original name.
ALTER TABLE finding_events ADD COLUMN day TEXT;
ALTER TABLE finding_events ADD COLUMN evidence TEXT;
