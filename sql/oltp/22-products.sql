-- Grain: one row per product, as of now.
CREATE TABLE IF NOT EXISTS products (
  product_id  text PRIMARY KEY,
  name        text NOT NULL,
  brand_id    text REFERENCES brands,
  category_id text REFERENCES categories,
  price       numeric(10, 2) NOT NULL CHECK (price >= 0),
  stock       integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
  updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS products_brand_id ON products (brand_id);
CREATE INDEX IF NOT EXISTS products_category_id ON products (category_id);
