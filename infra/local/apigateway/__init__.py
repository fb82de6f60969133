"""API Gateway's HTTP APIs: routes, authorizers, throttling and access logs in front of functions."""

from infra.local.apigateway.backend import API_PATH, api_id_of
from infra.local.apigateway.gateway import Gateway, install
from infra.local.apigateway.issuer import AUDIENCE, ISSUER_PATH, Issuer

__all__ = ["API_PATH", "AUDIENCE", "ISSUER_PATH", "Gateway", "Issuer", "api_id_of", "install"]
