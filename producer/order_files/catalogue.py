"""Which category a product is in, from a CSV file with the columns `sku` and `category`."""

import csv
from collections.abc import Mapping
from pathlib import Path

from producer.contract_types import MAX_IDENTIFIER
from producer.errors import CatalogueUnreadable


def read_catalogue(path: Path) -> Mapping[str, str]:
    """SKU, as the shop writes it, → category. The last row of a SKU counts.

    Raises:
        CatalogueUnreadable: no such file, not UTF-8, columns missing, or an empty or over-long name.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {"sku", "category"} <= set(rows.fieldnames or ()):
                raise CatalogueUnreadable(path, "the header should name the columns sku and category")
            categories: dict[str, str] = {}
            for row in rows:
                sku, category = row["sku"], row["category"]
                if not sku or not category or max(len(sku), len(category)) > MAX_IDENTIFIER:
                    raise CatalogueUnreadable(
                        path, f"line {rows.line_num}: sku and category need 1 to {MAX_IDENTIFIER} characters"
                    )
                categories[sku] = category
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueUnreadable(path, f"cannot be read ({error})") from error
    return categories
