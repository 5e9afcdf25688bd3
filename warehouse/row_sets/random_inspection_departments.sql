-- Each department that takes part in random inspections, whether it ran one or not.
-- key: unit
-- unit: unit
-- date: member_from
-- reads: units
SELECT u.unit, u.label_zh AS unit_label, coalesce(u.valid_from, DATE '1949-10-01') AS member_from,
       CAST(u.valid_to + INTERVAL '1' DAY AS DATE) AS member_to,
       u._dataset, u._file, u._sheet, u._row
FROM units u
WHERE concat(';', u.flags, ';') LIKE '%;random_inspection;%'
