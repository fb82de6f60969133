"""The embedded IAM: moto's, with AWS's managed policies in one partition only.

moto looks into every partition at each request, and would load a thousand policies into each of them, which
takes longer than all else of a start.
"""

from typing import Any, Final

from moto.iam import models as moto_models

_PARTITION: Final = "aws"


class IamBackend(moto_models.IAMBackend):
    """moto's backend of one account and partition."""

    def _init_aws_policies(self) -> list[Any]:
        return super()._init_aws_policies() if self.region_name == _PARTITION else []


def install() -> None:
    """Make moto serve this IAM from now on; roles that existed before are forgotten."""
    # moto finds a service's URLs by the module of its backend's class.
    moto_models.iam_backends.backend = type("IAMBackend", (IamBackend,), {"__module__": moto_models.__name__})
    moto_models.iam_backends.clear()
