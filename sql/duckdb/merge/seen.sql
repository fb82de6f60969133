-- Hashes of the ids of all stored events, whatever their day.
CREATE OR REPLACE TABLE seen (id_hash UBIGINT NOT NULL)
