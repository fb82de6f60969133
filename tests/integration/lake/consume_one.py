"""The consumer's verdict of one event, as JSON; its argument is what a producer builds the event of."""

import json
import sys

from producer.contract import ORDER_EVENT, encode
from stream_processors.contract import BronzeEvent
from tests.unit.stream_processors.samples import judge


def main(event: str) -> None:
    # Built, not read: reading goes by the data that `producer.contract_document` writes.
    verdict = judge(encode(ORDER_EVENT.validate_json(event)))
    sys.stdout.write(json.dumps([isinstance(verdict, BronzeEvent), verdict._asdict()]))


if __name__ == "__main__":
    main(sys.argv[1])
