-- Each decided case under the gravest of its penalties; one whose kinds nobody knows stands under `others`.
-- key: case_number, kind_name
-- unit: enforcement_unit
-- date: decided_on
-- reads: penalty_cases
SELECT c.case_number, c.document_number, c.enforcement_unit, c.discretion, c.kinds, c.decided_on,
       g.kind_name, coalesce(g.class, 'others') AS penalty_class, g.gravity,
       c._dataset, c._delivery, c._file, c._sheet, c._row
FROM penalty_cases c
LEFT JOIN penalty_cases_kinds k ON k._delivery = c._delivery AND k._sheet = c._sheet AND k._row = c._row
LEFT JOIN penalty_classes g ON g.kind_name = k.entity
WHERE c.decided_on IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM penalty_cases_kinds l
    JOIN penalty_classes h ON h.kind_name = l.entity
    WHERE l._delivery = c._delivery AND l._sheet = c._sheet AND l._row = c._row
      AND h.gravity > coalesce(g.gravity, 0))
