"""Amazon Athena on the embedded AWS: Athena's SQL over the Glue catalogue, executed by DuckDB.

`statements` tells kinds of statements apart; `planner` turns a query into DuckDB's SQL, with `relations` for
names and `typing_rules` and `dialect` for Trino's meaning; `external` and `iceberg` make tables scannable;
`run` executes, `results` renders, `ddl` changes the catalogue; `backend` and `responses` join this to moto.
"""

from infra.local.athena.engine import AthenaEngine, QuerySettings, install

__all__ = ["AthenaEngine", "QuerySettings", "install"]
