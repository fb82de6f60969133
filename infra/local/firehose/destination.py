"""Where and how a delivery stream delivers, read from what moto keeps of the API's request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.firehose.processor import Processor, read_processor

_MEBIBYTE: Final = 1024 * 1024
_CONVERTED_MIN_MEBIBYTES: Final = 64
_PARQUET_CODECS: Final = ("SNAPPY", "GZIP", "UNCOMPRESSED")


class DestinationError(ValueError):
    """A destination that Firehose refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """JSON to Parquet, by the schema of a Glue table."""

    database: str
    table: str
    region: str
    codec: str = "SNAPPY"
    is_case_insensitive: bool = True
    uses_dictionary: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """One S3 destination; `buffer_bytes` or `buffer_seconds`, whichever comes first, ends a buffer.

    With a `processor` records go through its function before they are gathered so.
    """

    bucket: str
    prefix: str
    error_prefix: str
    buffer_bytes: int
    buffer_seconds: float
    is_gzipped: bool = False
    conversion: Conversion | None = None
    file_extension: str | None = None
    zone: str = "UTC"
    role_arn: str = ""
    processor: Processor | None = None

    @property
    def extension(self) -> str:
        """What an object's name ends with."""
        if self.file_extension is not None:
            return self.file_extension
        if self.conversion is not None:
            return ".parquet"
        return ".gz" if self.is_gzipped else ""


def read_destination(configuration: Mapping[str, Any], region: str) -> Destination:
    """Understand an (Extended)S3DestinationConfiguration.

    Raises:
        DestinationError: AWS, or the embedded AWS, does not take it.
        ProcessorError: likewise, of its processing.
    """
    conversion = _conversion(configuration.get("DataFormatConversionConfiguration") or {}, region)
    hints = configuration.get("BufferingHints") or {}
    size = int(hints.get("SizeInMBs") or (128 if conversion else 5))
    seconds = hints.get("IntervalInSeconds")
    compression = configuration.get("CompressionFormat") or "UNCOMPRESSED"
    if compression not in ("UNCOMPRESSED", "GZIP"):
        raise DestinationError(f"The embedded AWS delivers GZIP or UNCOMPRESSED, not {compression}.")
    if conversion and compression != "UNCOMPRESSED":
        raise DestinationError(
            "CompressionFormat must be UNCOMPRESSED when data format conversion is enabled."
        )
    if conversion and size < _CONVERTED_MIN_MEBIBYTES:
        raise DestinationError(
            "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."
        )
    if (configuration.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
        raise DestinationError("The embedded AWS does not have DynamicPartitioningConfiguration.")
    return Destination(
        bucket=str(configuration["BucketARN"]).rpartition(":")[2],
        prefix=configuration.get("Prefix") or "",
        error_prefix=configuration.get("ErrorOutputPrefix") or "",
        buffer_bytes=size * _MEBIBYTE,
        buffer_seconds=float(300 if seconds is None else seconds),
        is_gzipped=compression == "GZIP",
        conversion=conversion,
        file_extension=configuration.get("FileExtension") or None,  # Terraform sends an empty one
        zone=configuration.get("CustomTimeZone") or "UTC",
        role_arn=configuration.get("RoleARN") or "",
        processor=read_processor(configuration.get("ProcessingConfiguration") or {}),
    )


def _conversion(configuration: Mapping[str, Any], region: str) -> Conversion | None:
    if not configuration or configuration.get("Enabled") is False:
        return None
    schema = configuration.get("SchemaConfiguration") or {}
    if not schema.get("DatabaseName") or not schema.get("TableName"):
        raise DestinationError("SchemaConfiguration must name a Glue database and table.")
    output = (configuration.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    if "ParquetSerDe" not in output:
        raise DestinationError("The embedded AWS converts to Parquet only.")
    parquet = output["ParquetSerDe"] or {}
    codec = parquet.get("Compression") or "SNAPPY"
    if codec not in _PARQUET_CODECS:
        raise DestinationError(f"Parquet's compression must be one of {', '.join(_PARQUET_CODECS)}.")
    reader = (configuration.get("InputFormatConfiguration") or {}).get("Deserializer") or {}
    openx = reader.get("OpenXJsonSerDe") or {}
    return Conversion(
        database=schema["DatabaseName"],
        table=schema["TableName"],
        region=schema.get("Region") or region,
        codec=codec,
        is_case_insensitive=openx.get("CaseInsensitive", True),
        uses_dictionary=bool(parquet.get("EnableDictionaryCompression", False)),
    )
