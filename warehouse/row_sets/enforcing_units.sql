-- Each department and town that enforces, whether it sent anything or not.
-- key: unit
-- unit: unit
-- date: enforces_from
-- reads: units
SELECT u.unit, u.label_zh AS unit_label, u.kind = 'town' AS is_town,
       concat(';', u.flags, ';') LIKE '%;inspecting;%' AS inspects_enterprises,
       coalesce(u.valid_from, DATE '1949-10-01') AS enforces_from,
       CAST(u.valid_to + INTERVAL '1' DAY AS DATE) AS enforces_to,
       u._dataset, u._file, u._sheet, u._row
FROM units u
WHERE u.kind = 'town' OR concat(';', u.flags, ';') LIKE '%;enforcement;%'
