-- A return slip is a delivery of its own: `amends` names the delivery whose rows it corrects, `amended_rows` (JSON) says
-- which: the row in the slip -> the row in that delivery.
ALTER TABLE deliveries ADD COLUMN amends TEXT;
ALTER TABLE deliveries ADD COLUMN amended_rows TEXT;
