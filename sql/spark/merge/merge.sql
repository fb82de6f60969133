-- Parameters: target, a table or a branch of one; from_time and to_time, between which all arrivals, and what they replace, happened.
MERGE INTO IDENTIFIER(:target) AS target
USING arrivals
ON target.event_id = arrivals.event_id AND target.occurred_at >= :from_time AND target.occurred_at < :to_time
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *
