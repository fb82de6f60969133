-- The spool's statements, by name; SQLite's dialect.

-- name: create_run
CREATE TABLE IF NOT EXISTS run (manifest TEXT NOT NULL, last_sequence INTEGER NOT NULL)

-- name: create_entries
CREATE TABLE IF NOT EXISTS entries (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  sequence INTEGER NOT NULL,
  partition_key TEXT NOT NULL,
  event_type TEXT NOT NULL,
  fault TEXT,
  data BLOB NOT NULL,
  digest BLOB NOT NULL
)

-- name: create_damaged
CREATE TABLE IF NOT EXISTS damaged AS SELECT * FROM entries WHERE false

-- name: create_acknowledged
CREATE TABLE IF NOT EXISTS acknowledged (
  event_type TEXT NOT NULL,
  fault TEXT NOT NULL,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (event_type, fault)
)

-- name: depth
SELECT count(*) FROM entries

-- name: run
SELECT manifest, last_sequence FROM run

-- name: not_acknowledged
SELECT sequence FROM entries UNION SELECT sequence FROM damaged ORDER BY sequence

-- name: acknowledged
SELECT event_type, fault, events, bytes FROM acknowledged

-- name: damaged
SELECT place, sequence FROM damaged ORDER BY place

-- name: forget_run
DELETE FROM run

-- name: forget_acknowledged
DELETE FROM acknowledged

-- name: forget_damaged
DELETE FROM damaged

-- name: begin_run
INSERT INTO run (manifest, last_sequence) VALUES (?, 0)

-- name: add
INSERT INTO entries (sequence, partition_key, event_type, fault, data, digest) VALUES (?, ?, ?, ?, ?, ?)

-- name: load
SELECT place, sequence, partition_key, event_type, fault, data, digest
FROM entries
WHERE place > ?
ORDER BY place

-- name: remove
DELETE FROM entries WHERE place BETWEEN ? AND ?

-- name: count_acknowledged
INSERT INTO acknowledged (event_type, fault, events, bytes) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET events = events + excluded.events, bytes = bytes + excluded.bytes

-- name: note_last_sequence
UPDATE run SET last_sequence = max(last_sequence, ?)

-- name: copy_to_damaged
INSERT INTO damaged SELECT * FROM entries WHERE place = ?

-- name: sequences
SELECT sequence FROM entries ORDER BY place

-- name: contents
SELECT data FROM entries UNION ALL SELECT data FROM damaged

-- name: exchange
UPDATE entries SET data = ?, digest = ? WHERE place = ?

-- name: damaged_contents
SELECT place, data FROM damaged

-- name: exchange_damaged
UPDATE damaged SET data = ? WHERE place = ?
