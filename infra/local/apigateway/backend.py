"""The API Gateway backend: moto's, with ids that follow from names, and an endpoint that answers.

Ids must be the same at each start, because a recording of calls names them.
"""

import hashlib
from collections.abc import Container
from itertools import count
from typing import Any, ClassVar, Final

from moto.apigatewayv2 import models as moto_models

API_PATH: Final = "/_aws/execute-api/"
"""Where APIs are served: `/_aws/execute-api/<api id>/<path of the route>`."""


def api_id_of(account_id: str, region: str, name: str) -> str:
    """The id of an API: ten characters, as AWS's."""
    return hashlib.sha256(f"{account_id}/{region}/{name}".encode()).hexdigest()[:10]


class ApiGatewayBackend(moto_models.ApiGatewayV2Backend):
    """Replaces moto's backend; `install` makes a subclass that knows where it is served."""

    endpoint_url: ClassVar[str]

    def create_api(self, *args: Any, **kwargs: Any) -> moto_models.Api:
        api = super().create_api(*args, **kwargs)
        tags = self.get_tags(api.arn)
        del self.apis[api.api_id]
        api.api_id = api_id_of(self.account_id, self.region_name, api.name)
        api.api_endpoint = f"{self.endpoint_url}{API_PATH}{api.api_id}"
        api.arn = f"{api.arn.rpartition('/')[0]}/{api.api_id}"
        self.tag_resource(api.arn, tags)
        self.apis[api.api_id] = api
        return api

    def create_authorizer(self, api_id: str, *args: Any, **kwargs: Any) -> moto_models.Authorizer:
        authorizers = self.get_api(api_id).authorizers
        authorizer = super().create_authorizer(api_id, *args, **kwargs)
        del authorizers[authorizer.id]
        authorizer.id = _free("auth", authorizers)
        authorizers[authorizer.id] = authorizer
        return authorizer

    def create_integration(self, api_id: str, *args: Any, **kwargs: Any) -> moto_models.Integration:
        integrations = self.get_api(api_id).integrations
        integration = super().create_integration(api_id, *args, **kwargs)
        del integrations[integration.id]
        integration.id = _free("intg", integrations)
        integrations[integration.id] = integration
        return integration


def _free(prefix: str, taken: Container[str]) -> str:
    return next(name for number in count(1) if (name := f"{prefix}{number:03}") not in taken)
