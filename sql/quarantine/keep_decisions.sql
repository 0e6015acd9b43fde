-- Grain: one row per record_hash.
-- Reads:  ${silver}.quarantine as it was before the rollback: rows a person has decided about, first seen on the given dates.
-- Writes: ${silver}.quarantine: those rows. One that the restored table does not hold is kept whole, with its origins, so that the
--         next load, which takes its deliveries once more, finds nothing new in them.
-- Twice:  the rows are as before the rollback, so nothing is written.
--
-- So are the reasons decided about, where they are the later judgement (as in silver/merge_quarantine.sql): else the next load, finding it
-- anew, would open the record again.
-- A replayed record whose restored row knows of a delivery that the row before the rollback does not has come again: it stays open.
MERGE INTO ${silver}.quarantine AS t
USING (
  SELECT *
  FROM ${quarantine_base} AS base
  WHERE status <> 'open' AND CAST(first_seen_at AS date) IN (${dates})
) AS s
ON t.record_hash = s.record_hash
WHEN MATCHED AND (t.status <> s.status OR COALESCE(t.decision_id, '') <> COALESCE(s.decision_id, ''))
    AND (s.status = 'discarded' OR cardinality(array_except(t.origins, s.origins)) = 0)
  THEN UPDATE SET
    reasons = CASE
      WHEN s.contract_version > t.contract_version
        OR s.contract_version = t.contract_version AND array_join(s.reasons, '; ') > array_join(t.reasons, '; ')
        THEN s.reasons
      ELSE t.reasons END,
    header = CASE
      WHEN s.contract_version > t.contract_version
        OR s.contract_version = t.contract_version AND array_join(s.reasons, '; ') > array_join(t.reasons, '; ')
        OR s.contract_version = t.contract_version AND s.reasons = t.reasons AND COALESCE(s.header, '') > COALESCE(t.header, '')
        THEN s.header
      ELSE t.header END,
    contract_version = GREATEST(s.contract_version, t.contract_version),
    origins = array_sort(array_union(t.origins, s.origins)),
    first_seen_at = LEAST(s.first_seen_at, t.first_seen_at),
    last_seen_at = GREATEST(s.last_seen_at, t.last_seen_at),
    seen_count = CAST(cardinality(array_union(t.origins, s.origins)) AS integer),
    status = s.status,
    replayed_as = s.replayed_as,
    decision_id = s.decision_id
WHEN NOT MATCHED
  THEN INSERT (
    record_hash, source_system, reasons, payload, payload_encoding, payload_location, origins, first_seen_at, last_seen_at,
    seen_count, status, contract_version, header, replayed_as, decision_id)
  VALUES (
    s.record_hash, s.source_system, s.reasons, s.payload, s.payload_encoding, s.payload_location, s.origins, s.first_seen_at,
    s.last_seen_at, s.seen_count, s.status, s.contract_version, s.header, s.replayed_as, s.decision_id)
