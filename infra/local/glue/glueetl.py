"""Runs one script as Glue's Spark jobs do: a driver of its own, here with its executors in one process.

Spark and Iceberg come from PyPI (the extra `spark`), Java from the machine. What of the job's `--conf` needs
AWS's Java SDK is replaced by the gateway's settings; all else is taken as it is.
"""

import dataclasses
import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.local.glue.pythonshell import JobSetupError, PreparedScript
from infra.local.glue.spark_gateway import SparkGateway

# The catalogue that the jobs' --conf names.
CATALOG: Final = "lake"
_CONF: Final = "--conf"
_NEEDS_AWS_SDK: Final = "org.apache.iceberg.aws."
_JARS: Final = "jars/iceberg-spark-runtime-3.5_2.12-*.jar"
_LOGGING: Final = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.console.type = Console
appender.console.name = stderr
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c: %m%n%ex
"""


def iceberg_jar() -> Path:
    """Iceberg's runtime for Spark 3.5, from PyPI.

    Raises:
        JobSetupError: Spark, Iceberg or Java is not here.
    """
    jars = importlib.util.find_spec("snowpark_connect_deps_iceberg")
    folder = Path(next(iter(jars.submodule_search_locations or ()), "")) if jars is not None else None
    found = sorted(folder.glob(_JARS)) if folder is not None else []
    if importlib.util.find_spec("pyspark") is None or not found:
        raise JobSetupError("A Spark job needs Spark and Iceberg: pip install 'orderlake[spark]'")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise JobSetupError("A Spark job needs Java 17: install it, or set JAVA_HOME")
    return found[-1]


def conf(arguments: Mapping[str, str]) -> dict[str, str]:
    """The settings of a job's `--conf`: `name=value`, several of them joined by ` --conf `."""
    pairs = arguments.get(_CONF, "").split(f" {_CONF} ")
    return dict(pair.strip().split("=", 1) for pair in pairs if "=" in pair)


def as_spark_job(
    prepared: PreparedScript, arguments: Mapping[str, str], gateway: SparkGateway
) -> PreparedScript:
    """A prepared script with the settings under which its Spark runs here and reaches the embedded AWS.

    Raises:
        JobSetupError: Spark, Iceberg or Java is not here.
    """
    environment = {**prepared.environment, **spark_environment(prepared.folder, arguments, gateway)}
    return dataclasses.replace(prepared, environment=environment)


def spark_environment(folder: Path, arguments: Mapping[str, str], gateway: SparkGateway) -> dict[str, str]:
    """Variables for a process whose Spark finds its settings in `folder`.

    Raises:
        JobSetupError: Spark, Iceberg or Java is not here.
    """
    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
        **{name: value for name, value in conf(arguments).items() if not value.startswith(_NEEDS_AWS_SDK)},
        **gateway.spark_settings(CATALOG),
        "spark.jars": str(iceberg_jar()),
    }
    conf_dir = folder / "conf"
    conf_dir.mkdir()
    lines = "".join(f"{name} {value}\n" for name, value in settings.items())
    (conf_dir / "spark-defaults.conf").write_text(lines, encoding="utf-8")
    (conf_dir / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    java = {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
    return {**java, "SPARK_CONF_DIR": str(conf_dir), "SPARK_LOCAL_IP": "127.0.0.1"}
