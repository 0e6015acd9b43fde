-- Grain: versions of users that had ended when the floor begins. The version that holds then stays, however old it is.
-- Writes: ${silver}.users.
-- Twice:  the versions are gone, so nothing is written.
DELETE FROM ${silver}.users
WHERE valid_to <= ${floor}
