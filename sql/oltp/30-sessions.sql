-- Grain: one row per visit of a user.
CREATE TABLE IF NOT EXISTS sessions (
  session_id  text PRIMARY KEY,
  user_id     text NOT NULL REFERENCES users,
  device_type text,
  channel     text,
  started_at  timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS sessions_user_id ON sessions (user_id);
