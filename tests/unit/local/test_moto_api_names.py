"""The names of moto's API Gateway that ours leans on; see test_moto_contract.py."""

import inspect

from moto.apigatewayv2 import models
from moto.backends import get_backend
from moto.iam.models import iam_backends


def test_the_backend_is_replaceable() -> None:
    assert issubclass(get_backend("apigatewayv2").backend, models.ApiGatewayV2Backend)


def test_an_api_has_what_a_request_is_served_by() -> None:
    backend = models.ApiGatewayV2Backend("us-east-1", "123456789012")
    given = dict.fromkeys(inspect.signature(backend.create_api).parameters)
    api = backend.create_api(**{**given, "name": "shop", "protocol_type": "HTTP", "tags": {}})  # type: ignore[arg-type]
    assert backend.apis == {api.api_id: api}
    for name in ("api_endpoint", "arn", "authorizers", "integrations", "routes", "stages"):
        assert hasattr(api, name), name
    stage = api.create_stage({"stageName": "$default"})
    assert (stage.default_route_settings, stage.route_settings) == ({"detailedMetricsEnabled": False}, {})
    assert stage.access_log_settings is None


def test_routes_authorizers_and_integrations_have_these_names() -> None:
    for kind, names in (
        (
            models.Route,
            ("authorization_type", "authorizer_id", "authorization_scopes", "route_key", "target"),
        ),
        (models.Authorizer, ("self.id", "jwt_config")),
        (models.Integration, ("self.id", "integration_uri", "timeout_in_millis")),
    ):
        source = inspect.getsource(kind.__init__)
        assert [name for name in names if name not in source] == []


def test_an_access_key_has_a_secret() -> None:
    backend = iam_backends["123456789012"]["aws"]
    backend.create_user("us-east-1", "shop")
    key = backend.create_access_key("shop")
    try:
        assert key.secret_access_key
        assert [user.access_keys for user in backend.users.values()] == [[key]]
    finally:
        iam_backends.reset()
