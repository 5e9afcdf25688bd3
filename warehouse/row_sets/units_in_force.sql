-- Each unit of the roster, whether it sent or did anything or not; `in_force_until` is the first day without it.
-- key: unit
-- unit: unit
-- date: in_force_from
-- reads: units
SELECT u.unit, u.label_zh AS unit_label, u.kind, coalesce(u.valid_from, DATE '1949-10-01') AS in_force_from,
       CAST(u.valid_to + INTERVAL '1' DAY AS DATE) AS in_force_until,
       u._dataset, u._file, u._sheet, u._row
FROM units u
