-- How many versions of users had ended when the floor begins; no row where there are none.
-- Reads: ${silver}.users.
SELECT CAST(${floor} AS varchar) AS date_text, count(*) AS row_count
FROM ${silver}.users
WHERE valid_to <= ${floor}
HAVING count(*) > 0
