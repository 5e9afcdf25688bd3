-- Each case x each two of its certificates, both joined to the register; without two certificates a case stands once.
-- key: case_number, first_certificate, second_certificate
-- unit: enforcement_unit
-- date: decided_on
-- reads: penalty_cases, enforcement_officers
SELECT c.case_number, c.document_number, c.enforcement_unit, c.procedure, c.filed_on, c.decided_on, c.certificates,
       o.certificate_number AS first_certificate, p.certificate_number AS second_certificate,
       c._dataset, c._delivery, c._file, c._sheet, c._row,
       o._dataset AS _dataset_2, o._delivery AS _delivery_2, o._file AS _file_2, o._sheet AS _sheet_2, o._row AS _row_2,
       p._dataset AS _dataset_3, p._delivery AS _delivery_3, p._file AS _file_3, p._sheet AS _sheet_3, p._row AS _row_3
FROM penalty_cases c
LEFT JOIN penalty_cases_certificates d ON d._delivery = c._delivery AND d._sheet = c._sheet AND d._row = c._row
LEFT JOIN enforcement_officers o
  ON o.certificate_number = d.entity AND o.issued_on <= c.filed_on
 AND (o.cancelled_on IS NULL OR o.cancelled_on > c.filed_on)
LEFT JOIN penalty_cases_certificates e
  ON e._delivery = c._delivery AND e._sheet = c._sheet AND e._row = c._row AND e.entity > d.entity
LEFT JOIN enforcement_officers p
  ON p.certificate_number = e.entity AND p.issued_on <= c.filed_on
 AND (p.cancelled_on IS NULL OR p.cancelled_on > c.filed_on)
