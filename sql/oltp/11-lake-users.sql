-- What the lake may see of users, under the contract's names: created_at is signup_date there, name and email are not there
-- at all. The ingest's role needs SELECT on this view and on nothing else:
--   CREATE ROLE floe_reader LOGIN; GRANT SELECT ON lake_users TO floe_reader;   (with IAM sign-in also: GRANT rds_iam TO floe_reader)
CREATE OR REPLACE VIEW lake_users AS
SELECT
  user_id,
  created_at AS signup_date,
  device_type,
  country,
  updated_at,
  changed_at
FROM users;
