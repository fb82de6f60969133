"""Real order files as events: CSV, gzip or zstd, in the layout of UCI's Online Retail data set."""

from producer.order_files.catalogue import read_catalogue
from producer.order_files.reader import OnProgress, OrderFileSettings, read_order_file
from producer.order_files.rows import EXPECTED_COLUMNS, LineFault
from producer.order_files.unpacking import Unpacked

__all__ = [
    "EXPECTED_COLUMNS",
    "LineFault",
    "OnProgress",
    "OrderFileSettings",
    "Unpacked",
    "read_catalogue",
    "read_order_file",
]
