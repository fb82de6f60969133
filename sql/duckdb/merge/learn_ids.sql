-- Parameters: days.
INSERT INTO known
SELECT md5_number(event_id) AS id_key, CAST(NULL AS UHUGEINT) AS content_key
FROM stored_ids
WHERE CAST(occurred_at AS DATE) IN (SELECT unnest($days))
