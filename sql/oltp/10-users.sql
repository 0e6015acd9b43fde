-- Grain: one row per user, as of now. updated_at is when this version is effective from, changed_at when it was written.
CREATE TABLE IF NOT EXISTS users (
  user_id     text PRIMARY KEY,
  name        text,
  email       text,
  created_at  timestamptz NOT NULL,
  device_type text,
  country     text,
  updated_at  timestamptz,
  changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What the ingest pages by.
CREATE INDEX IF NOT EXISTS users_changed_at ON users (changed_at, user_id);

CREATE OR REPLACE TRIGGER users_set_changed_at BEFORE INSERT OR UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION set_changed_at();
