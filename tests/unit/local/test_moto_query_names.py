"""The private names of moto that the Glue and Athena engines touch."""

import inspect

from moto.athena import urls as athena_urls
from moto.athena.models import AthenaBackend, NamedQuery, WorkGroup, athena_backends
from moto.core.base_backend import BaseBackend
from moto.glue import urls as glue_urls
from moto.glue.models import FakeJob, FakeTable, GlueBackend, glue_backends


def test_urls_are_found_through_a_property_that_can_be_overridden() -> None:
    assert isinstance(vars(BaseBackend)["_url_module"], property)
    assert list(athena_urls.url_paths) == list(glue_urls.url_paths) == ["{0}/$"]


def test_a_glue_table_counts_its_versions() -> None:
    table = FakeTable("db", "t", {"Name": "t"}, "123456789012")
    assert table._current_version == 1
    table.update({"Name": "t"})
    assert (table._current_version, set(table.versions)) == (2, {"1", "2"})


def test_a_glue_job_takes_the_definition_by_name() -> None:
    named = set(inspect.signature(FakeJob.__init__).parameters)
    assert {"name", "command", "default_arguments", "max_retries", "timeout", "backend"} <= named
    assert "job_runs" not in inspect.signature(GlueBackend.start_job_run).parameters


def test_the_athena_backend_has_work_groups_and_named_queries() -> None:
    backend = AthenaBackend("us-east-1", "123456789012")
    assert isinstance(backend.work_groups["primary"], WorkGroup)
    assert backend.work_groups["primary"].configuration["EnforceWorkGroupConfiguration"] is False
    assert backend.named_queries == {}
    assert "query_string" in inspect.signature(NamedQuery.__init__).parameters


def test_backends_are_made_from_a_replaceable_class() -> None:
    for backends in (athena_backends, glue_backends):
        assert inspect.isclass(backends.backend)
