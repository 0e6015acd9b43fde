-- A run that was interrupted is undone, and its rows say so.
-- Writes: ${gold}.run_audit. Twice: the second time no row has another status.
UPDATE ${gold}.run_audit
SET status = 'interrupted'
WHERE run_id = ${run_id}
  AND status <> 'interrupted'
