-- Ids of stored events of the days at hand; a content is null until it was fetched.
CREATE OR REPLACE TABLE known (id_key UHUGEINT NOT NULL, content_key UHUGEINT)
