-- The shop's database (DATA.md 1.4). Files are run in the order of their names; each can be run again.
--
-- changed_at is the time a row was written, by the wall clock and not by the transaction's start: two writes of one
-- transaction differ, and a keyset over it never goes back.
CREATE OR REPLACE FUNCTION set_changed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := clock_timestamp();
  RETURN NEW;
END
$$;
