-- Grain: one row per event of a session, as the shop's own pages write it.
DO $$
BEGIN
  CREATE TYPE event_type AS ENUM ('view', 'cart', 'purchase');
EXCEPTION
  WHEN duplicate_object THEN NULL; -- it is there from the first run
END
$$;

CREATE TABLE IF NOT EXISTS events (
  event_id   text PRIMARY KEY,
  session_id text NOT NULL REFERENCES sessions,
  product_id text NOT NULL REFERENCES products,
  event_type event_type NOT NULL,
  event_time timestamptz NOT NULL,
  price      numeric(10, 2) NOT NULL CHECK (price >= 0)
);

CREATE INDEX IF NOT EXISTS events_session_id ON events (session_id);
CREATE INDEX IF NOT EXISTS events_product_id ON events (product_id);
CREATE INDEX IF NOT EXISTS events_event_time ON events (event_time);
