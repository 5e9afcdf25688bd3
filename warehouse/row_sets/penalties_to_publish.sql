-- Each decided case that must go out to the public: by ordinary procedure, and graver than a warning or a criticism.
-- A case whose kinds nobody knows stands in it too. Which are left out is a parameter: a county may replace this file.
-- key: case_number
-- unit: enforcement_unit
-- date: decided_on
-- reads: penalty_cases
SELECT c.case_number, c.document_number, c.enforcement_unit, c.procedure, c.discretion, c.kinds, c.decided_on,
       c.published_on, c.publication_due_on,
       c._dataset, c._delivery, c._file, c._sheet, c._row
FROM penalty_cases c
WHERE c.decided_on IS NOT NULL AND c.procedure = 'ordinary' AND c.discretion <> 'exempt'
  AND (NOT EXISTS (
    SELECT 1 FROM penalty_cases_kinds k
    JOIN penalty_classes g ON g.kind_name = k.entity
    WHERE k._delivery = c._delivery AND k._sheet = c._sheet AND k._row = c._row AND g.class = 'warnings')
  OR EXISTS (
    SELECT 1 FROM penalty_cases_kinds l
    LEFT JOIN penalty_classes h ON h.kind_name = l.entity
    WHERE l._delivery = c._delivery AND l._sheet = c._sheet AND l._row = c._row
      AND coalesce(h.class, 'others') <> 'warnings'))
