-- Grain: records that were last seen below the floor.
-- Writes: ${silver}.quarantine, on the given partitions.
-- Twice:  the records are gone, so nothing is written.
DELETE FROM ${silver}.quarantine
WHERE last_seen_at < ${floor}
  AND CAST(first_seen_at AS date) IN (${dates})
