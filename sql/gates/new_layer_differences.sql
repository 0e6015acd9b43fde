-- Of the sessions gates/layers.sql finds broken: those that were whole before the run, and those that were broken in the same way
-- already, rule by rule. Asked only where there are any.
-- Reads: ${state}.touched_sessions of the run; ${silver}.events and ${gold}.user_session_analysis over the dates they lie on, now and
--        before the run.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
events AS (
  SELECT 'now' AS state, e.session_id, e.user_id
  FROM ${silver}.events AS e
  WHERE e.event_date BETWEEN ${first_date} AND ${last_date}
  UNION ALL
  SELECT 'before' AS state, base.session_id, base.user_id
  FROM ${events_base} AS base
  WHERE base.event_date BETWEEN ${first_date} AND ${last_date}
),
silver_sessions AS (
  SELECT events.state, events.session_id, events.user_id, count(*) AS event_count
  FROM events
  JOIN touched ON touched.session_id = events.session_id AND touched.user_id = events.user_id
  GROUP BY events.state, events.session_id, events.user_id
),
analysis AS (
  SELECT 'now' AS state, g.session_id, g.user_id, g.total_events, g.session_duration_seconds, g.session_date, g.processing_timestamp
  FROM ${gold}.user_session_analysis AS g
  WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
  UNION ALL
  SELECT 'before' AS state, base.session_id, base.user_id, base.total_events, base.session_duration_seconds, base.session_date, base.processing_timestamp
  FROM ${gold_base} AS base
  WHERE base.session_date BETWEEN ${first_date} AND ${last_date}
),
gold_sessions AS (
  SELECT
    analysis.state, analysis.session_id, analysis.user_id,
    count(*) AS row_count,
    sum(COALESCE(analysis.total_events, -1)) AS event_count,
    bool_or(analysis.session_date < ${frozen_before} AND analysis.processing_timestamp <= ${frozen_since}) AS is_frozen,
    count_if(COALESCE(analysis.session_duration_seconds, -1) < 0) AS negative_durations
  FROM analysis
  JOIN touched ON touched.session_id = analysis.session_id AND touched.user_id = analysis.user_id
  GROUP BY analysis.state, analysis.session_id, analysis.user_id
),
judged AS (
  SELECT
    COALESCE(s.state, g.state) AS state,
    COALESCE(s.session_id, g.session_id) AS session_id,
    COALESCE(s.user_id, g.user_id) AS user_id,
    COALESCE(s.event_count, 0) <> COALESCE(g.event_count, 0) AND NOT COALESCE(g.is_frozen, false) AS differs,
    COALESCE(g.row_count, 0) > 1 AS is_repeated,
    COALESCE(g.negative_durations, 0) > 0 AS is_negative
  FROM silver_sessions AS s
  FULL JOIN gold_sessions AS g ON g.state = s.state AND g.session_id = s.session_id AND g.user_id = s.user_id
),
compared AS (
  SELECT
    j.session_id, j.differs, j.is_repeated, j.is_negative,
    COALESCE(b.differs, false) AS differed, COALESCE(b.is_repeated, false) AS was_repeated, COALESCE(b.is_negative, false) AS was_negative
  FROM judged AS j
  LEFT JOIN judged AS b ON b.state = 'before' AND b.session_id = j.session_id AND b.user_id = j.user_id
  WHERE j.state = 'now'
),
rules AS (
  SELECT 'layer_counts' AS rule, session_id, differs AS is_broken, differed AS was_broken FROM compared
  UNION ALL
  SELECT 'unique_sessions', session_id, is_repeated, was_repeated FROM compared
  UNION ALL
  SELECT 'session_duration', session_id, is_negative, was_negative FROM compared
)
SELECT
  rule,
  count_if(NOT was_broken) AS new_count,
  count_if(was_broken) AS standing_count,
  min(CASE WHEN NOT was_broken THEN session_id END) AS new_example,
  min(CASE WHEN was_broken THEN session_id END) AS standing_example
FROM rules
WHERE is_broken
GROUP BY rule
ORDER BY rule
