"""Keeps objects, the Glue catalogue and parameters in a data directory across restarts of the server."""

from pathlib import Path
from typing import cast

from moto.glue import models as glue_models
from moto.glue.models import glue_backends
from moto.s3 import models as s3_models
from moto.s3.models import s3_backends
from moto.ssm import models as ssm_models
from moto.ssm.models import ssm_backends

from infra.local.data_dir import DataDir
from infra.local.persistent_catalog import (
    CatalogKeeper,
    ParameterKeeper,
    PersistentCatalog,
    PersistentParameters,
)
from infra.local.persistent_s3 import ObjectKeeper, PersistentS3Backend


class Persistence:
    """A data directory in use, from `__init__` (which may raise a `DataDirError`) to `close`."""

    def __init__(self, path: Path) -> None:
        self._data = DataDir(path)

    def install(self, *, account_id: str, region: str) -> None:
        """Bring back what is kept and write changes through from now on; the engines are installed before."""
        objects = ObjectKeeper(self._data)
        s3_backends.backend = type(
            "S3Backend",
            (PersistentS3Backend,),
            {"__module__": s3_models.__name__, "keeper": objects, "restore_region": region},
        )
        s3_backends.clear()
        catalog = CatalogKeeper(self._data)
        engine_class = glue_backends.backend
        glue_backends.backend = type(
            "GlueBackend",
            (PersistentCatalog, engine_class),
            {"__module__": engine_class.__module__, "keeper": catalog},
        )
        glue_backends.clear()
        parameters = ParameterKeeper(self._data)
        ssm_backends.backend = type(
            "SimpleSystemManagerBackend",
            (PersistentParameters,),
            {"__module__": ssm_models.__name__, "keeper": parameters},
        )
        ssm_backends.clear()
        objects.restore(cast("PersistentS3Backend", s3_backends[account_id]["aws"]))
        catalog.restore(glue_backends[account_id][region])
        parameters.restore(ssm_backends[account_id][region])

    @staticmethod
    def uninstall() -> None:
        """Give moto its own backends back."""
        s3_backends.backend = s3_models.S3Backend
        glue_backends.backend = glue_models.GlueBackend
        ssm_backends.backend = ssm_models.SimpleSystemManagerBackend

    def close(self) -> None:
        self._data.close()
