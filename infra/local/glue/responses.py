"""Glue's actions that moto lacks or reads only in part, over the engine's backend."""

from typing import TYPE_CHECKING, Any, cast

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.responses import GlueResponse

if TYPE_CHECKING:
    from infra.local.glue.backend import EngineGlueBackend


class EngineGlueResponse(GlueResponse):
    """Moto's request handler with `UpdateTable` read in full, `UpdateJob` and `BatchStopJobRun`."""

    @property
    def engine_backend(self) -> "EngineGlueBackend":
        return cast("EngineGlueBackend", self.glue_backend)

    def update_table(self) -> ActionResult:
        table_input = cast("dict[str, Any]", self.parameters["TableInput"])
        self.engine_backend.update_table(
            self.parameters["DatabaseName"],
            table_input["Name"],
            table_input,
            version_id=self.parameters.get("VersionId"),
            skip_archive=bool(self.parameters.get("SkipArchive")),
        )
        return EmptyResult()

    def update_job(self) -> ActionResult:
        name = self.parameters["JobName"]
        self.engine_backend.update_job(name, self.parameters["JobUpdate"])
        return ActionResult({"JobName": name})

    def batch_stop_job_run(self) -> ActionResult:
        name = self.parameters["JobName"]
        stopped, errors = self.engine_backend.batch_stop_job_run(name, self.parameters["JobRunIds"])
        return ActionResult(
            {
                "SuccessfulSubmissions": [{"JobName": name, "JobRunId": run_id} for run_id in stopped],
                "Errors": errors,
            }
        )
