-- Each instance of a suit x each of its defendants. `suit_number` is the same for all instances of one suit.
-- key: case_number, defendant
-- unit: defendant
-- date: filed_on
-- reads: litigation_cases
SELECT c.case_number, coalesce(c.first_instance_number, c.case_number) AS suit_number, c.cause, c.instance,
       e.entity AS defendant, c.filed_on, c.hearing_on, c.head_post, c.head_attended, c.absence_reason,
       c.judged_on, c.outcome, c.is_lost, c.is_final, c.concern,
       c.complaint_received_on, c.answered_on, c.answer_due_on,
       c._dataset, c._delivery, c._file, c._sheet, c._row
FROM litigation_cases c
JOIN litigation_cases_defendants e ON e._delivery = c._delivery AND e._sheet = c._sheet AND e._row = c._row
