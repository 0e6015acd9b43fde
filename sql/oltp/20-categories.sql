-- Grain: one row per category; a tree by parent_id.
CREATE TABLE IF NOT EXISTS categories (
  category_id   text PRIMARY KEY,
  category_name text NOT NULL,
  parent_id     text REFERENCES categories
);

CREATE INDEX IF NOT EXISTS categories_parent_id ON categories (parent_id);
