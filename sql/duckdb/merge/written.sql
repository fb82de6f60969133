-- Delivered ids in the files that were committed, as often as they are there.
CREATE OR REPLACE TABLE written (id_key UHUGEINT NOT NULL)
