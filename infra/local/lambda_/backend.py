"""The Lambda backend: moto's functions and mappings, with functions that run."""

import base64
import copy
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, cast

from moto.awslambda import models as moto_models
from moto.core.exceptions import JsonRESTError
from moto.kinesis.models import kinesis_backends

from infra.local.lambda_.errors import FunctionNotRunError, ThrottledError
from infra.local.lambda_.event_queue import EventQueue, EventSender
from infra.local.lambda_.functions import Functions
from infra.local.lambda_.invocation import FunctionSettings, InvocationResult
from infra.local.lambda_.mapping_settings import (
    MappingRefusedError,
    MappingSettings,
    check,
    filter_of,
    limit,
    on_failure_of,
)
from infra.local.lambda_.mappings import MappingSpec

_PAYLOAD_LIMIT: Final = 6 * 1024 * 1024
_FIRES_ITSELF: Final = "lambda_event_source_mappings"  # where moto's streams look up whom to call on a put


class Function(moto_models.LambdaFunction):
    """A function of moto's that runs."""

    functions: ClassVar[Functions]
    events: ClassVar[EventQueue]

    def settings(self) -> FunctionSettings:
        """The function as it is deployed now."""
        return FunctionSettings(
            name=self.function_name,
            arn=self.function_arn,
            version=str(self.version),
            handler=str(self.handler),
            runtime=str(self.run_time),
            timeout=int(self.timeout),
            memory_size=int(self.memory_size),
            environment=self.environment_vars,
            code_sha256=self.code_digest,
            code=self.code_bytes,
            role_arn=str(self.role),
        )

    def run(self, payload: bytes) -> InvocationResult:
        """Run the function as it is deployed now; raises `FunctionNotRunError`."""
        reserved = self.reserved_concurrency
        return self.functions.invoke(self.settings(), payload, None if reserved is None else int(reserved))

    def queue(self, payload: bytes) -> None:
        """Take an asynchronous invocation; what fails is tried again, twice unless configured."""
        configurations: list[dict[str, Any]] = [one.config for one in self.event_invoke_config]
        config = configurations[-1] if configurations else {}
        destination = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        sender = EventSender(str(self.function_arn), str(self.role), destination)
        self.events.put(sender, self.run, payload, int(config.get("MaximumRetryAttempts", 2)))

    def invoke(self, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        """Answer `Invoke`; moto's other services call it too."""
        payload = body.encode() if isinstance(body, str) else bytes(body or b"{}")
        if len(payload) > _PAYLOAD_LIMIT:
            raise _refusal(
                "RequestTooLargeException", f"Request must be smaller than {_PAYLOAD_LIMIT} bytes", 413
            )
        asked = {str(name).lower(): value for name, value in dict(request_headers or {}).items()}
        kind = asked.get("x-amz-invocation-type", "RequestResponse")
        if kind == "DryRun":
            return b""
        if kind == "Event":
            self.queue(payload)
            return b""
        try:
            result = self.run(payload)
        except ThrottledError as error:
            raise _refusal("TooManyRequestsException", str(error), 429) from error
        except FunctionNotRunError as error:
            raise _refusal("ServiceException", str(error), 500) from error
        if result.function_error is not None:
            response_headers["x-amz-function-error"] = result.function_error
        response_headers["x-amz-log-result"] = base64.b64encode(result.log_tail).decode()
        response_headers["x-amz-executed-version"] = str(self.version)
        response_headers["x-amzn-requestid"] = result.request_id
        return result.payload


class LambdaBackend(moto_models.LambdaBackend):
    """Replaces moto's backend; `install` makes a subclass whose functions know where they run."""

    function_class: ClassVar[type[Function]]

    def create_function(self, spec: dict[str, Any]) -> moto_models.LambdaFunction:
        name = spec.get("FunctionName")
        if name is None:
            raise JsonRESTError("InvalidParameterValueException", "Missing FunctionName")
        function = self.function_class(self.account_id, spec, self.region_name, version="$LATEST")
        self._lambdas.put_function(function)
        if not spec.get("Publish"):
            return function
        published = self.publish_version(name)
        answer = copy.copy(function)
        answer.version = cast("Function", published).version
        return answer

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        function = self.get_function(function_name, qualifier)
        super().delete_function(function_name, qualifier)
        self.function_class.functions.forget(function.function_name)

    def create_event_source_mapping(self, spec: dict[str, Any]) -> moto_models.EventSourceMapping:
        _check(spec)
        mapping = super().create_event_source_mapping(spec)
        for stream in kinesis_backends[self.account_id][self.region_name].streams.values():
            # Our engine polls; moto's stream would call the function from within each put.
            getattr(stream, _FIRES_ITSELF, {}).pop(mapping.event_source_arn, None)
        return mapping

    def update_event_source_mapping(
        self, uuid: str, spec: dict[str, Any]
    ) -> moto_models.EventSourceMapping | None:
        _check(spec)
        return super().update_event_source_mapping(uuid, spec)

    def running_function(self, arn: str) -> Function | None:
        """The function with this ARN, if there is one."""
        return cast("Function | None", self._lambdas.get_arn(arn))

    def kinesis_mappings(self) -> list[MappingSpec]:
        """All mappings whose source is a Kinesis stream."""
        found = []
        for mapping in list(self._event_source_mappings.values()):
            function = self.running_function(mapping.function_arn)
            if mapping.event_source_arn.split(":")[2] == "kinesis" and function is not None:
                found.append(self._spec(mapping, function))
        return found

    def _spec(self, mapping: moto_models.EventSourceMapping, function: Function) -> MappingSpec:
        return MappingSpec(
            uuid=mapping.uuid,
            account_id=self.account_id,
            function_arn=mapping.function_arn,
            is_enabled=bool(mapping.enabled),
            starting_position=_starting_position(mapping),
            settings=MappingSettings(
                stream_arn=mapping.event_source_arn,
                role_arn=str(function.role),
                region=self.region_name,
                batch_size=mapping.batch_size,
                batching_window=float(mapping.max_batch_window or 0),
                reports_item_failures="ReportBatchItemFailures" in (mapping.function_response_types or ()),
                parallelization_factor=int(mapping.parallelization_factor or 1),
                bisects_on_error=bool(mapping.bisect_on_error),
                maximum_retries=limit(mapping.max_retry_attempts),
                maximum_record_age=limit(mapping.max_record_age),
                event_filter=filter_of(mapping.filter_criteria),
                on_failure=on_failure_of(mapping.destination_config),
            ),
        )


def _check(spec: dict[str, Any]) -> None:
    try:
        check(spec)
    except MappingRefusedError as error:
        raise _refusal("InvalidParameterValueException", str(error), 400) from error


def _starting_position(mapping: moto_models.EventSourceMapping) -> Any:
    timestamp = mapping.starting_position_timestamp
    if mapping.starting_position != "AT_TIMESTAMP":
        return mapping.starting_position
    if isinstance(timestamp, int | float):
        return datetime.fromtimestamp(timestamp, UTC)
    return datetime.fromisoformat(str(timestamp)).astimezone(UTC)


def _refusal(code: str, message: str, status: int) -> JsonRESTError:
    error = JsonRESTError(code, message)
    error.code = status
    return error
