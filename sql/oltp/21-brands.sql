-- Grain: one row per brand.
CREATE TABLE IF NOT EXISTS brands (
  brand_id   text PRIMARY KEY,
  brand_name text NOT NULL UNIQUE
);
