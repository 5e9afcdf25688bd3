-- Each document x each authority it must be filed with, joined to what was filed: 5x2 + 13 = 23.
-- key: document_number, filing_authority
-- unit: drafting_unit
-- date: issued_on
-- reads: normative_documents, normative_document_filings
SELECT d.document_number, d.title, d.level, d.drafting_unit, d.issued_on, d.filing_due_on,
       r.filing_authority, f.filed_on, f.conclusion,
       d._dataset, d._delivery, d._file, d._sheet, d._row,
       f._dataset AS _dataset_2, f._delivery AS _delivery_2, f._file AS _file_2, f._sheet AS _sheet_2, f._row AS _row_2
FROM normative_documents d
JOIN filing_duties r ON r.level = d.level
LEFT JOIN normative_document_filings f
  ON f.document_number = d.document_number AND f.filing_authority = r.filing_authority
