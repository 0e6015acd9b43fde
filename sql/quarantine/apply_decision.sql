-- Grain: one row per record_hash.
-- Reads:  the rows of a person's decision, each as it was when it was decided about.
-- Writes: ${silver}.quarantine, on the given partitions: status, replayed_as, decision_id.
-- Twice:  a row that is no longer open is left alone, so nothing is written.
--
-- A record that came again since the decision has another seen_count, and stays open: nobody has looked at that delivery.
MERGE INTO ${silver}.quarantine AS t
USING (
  SELECT record_hash, seen_count, NULLIF(sent_hash, record_hash) AS replayed_as
  FROM (VALUES ${decided_rows}) AS decided (record_hash, seen_count, sent_hash)
) AS s
ON t.record_hash = s.record_hash AND CAST(t.first_seen_at AS date) IN (${dates})
WHEN MATCHED AND t.status = 'open' AND t.seen_count = s.seen_count
  THEN UPDATE SET
    status = ${status},
    replayed_as = s.replayed_as,
    decision_id = ${decision_id}
