from pathlib import Path

import pytest

from infra.terraform_mirror import cli_configuration, mirror_root


@pytest.mark.parametrize(
    "file",
    [
        "/srv/mirror/host.example/hashicorp/aws/5.100.0/linux_amd64/terraform-provider-aws_v5.100.0_x5",
        "/srv/mirror/host.example/hashicorp/aws/terraform-provider-aws_5.100.0_linux_amd64.zip",
    ],
)
def test_the_mirror_is_found_from_the_provider_s_file(file: str) -> None:
    assert mirror_root(Path(file)) == Path("/srv/mirror")


@pytest.mark.parametrize(
    "file", ["/bin/terraform-provider-aws", "/home/u/project/.terraform/x/y/terraform-provider-aws_v5"]
)
def test_a_provider_outside_a_mirror_is_passed_over(file: str) -> None:
    assert mirror_root(Path(file)) is None


def test_only_the_aws_provider_comes_from_the_mirror() -> None:
    text = cli_configuration(Path("/srv/mirror"))
    assert 'path    = "/srv/mirror"' in text
    assert 'exclude = ["hashicorp/aws"]' in text
