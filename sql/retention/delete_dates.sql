-- Grain: the rows of whole partitions.
-- Writes: one silver table: the given dates, all below the floor, go.
-- Twice:  the rows are gone, so nothing is written.
DELETE FROM ${silver}.${silver_table}
WHERE ${date_column} IN (${dates})
