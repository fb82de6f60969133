-- The copies to choose from, decoded once: the choice reads them more than once.
CREATE OR REPLACE TABLE decoded AS
SELECT *
FROM events
;

CREATE OR REPLACE TEMP VIEW events AS
SELECT *
FROM decoded
