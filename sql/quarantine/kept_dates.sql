-- The partitions in which a rollback keeps what persons have decided since the run it goes back to.
-- Reads: ${silver}.quarantine as it was before the rollback, and as it was restored.
SELECT CAST(CAST(base.first_seen_at AS date) AS varchar) AS date_text, count(*) AS record_count
FROM ${quarantine_base} AS base
LEFT JOIN ${silver}.quarantine AS restored ON restored.record_hash = base.record_hash
WHERE base.status <> 'open'
  AND (restored.record_hash IS NULL OR restored.status <> base.status OR COALESCE(restored.decision_id, '') <> COALESCE(base.decision_id, ''))
GROUP BY 1
ORDER BY 1
