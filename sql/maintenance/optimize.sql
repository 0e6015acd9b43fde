-- Joins the small files of a table's partitions and applies its position deletes: every run of the pipeline leaves some.
-- Twice: files of the right size without deletes are left alone. At most 100 partitions are rewritten at once; where there are
-- more, the statement fails with ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED and is run again.
OPTIMIZE ${database}.${table} REWRITE DATA USING BIN_PACK
