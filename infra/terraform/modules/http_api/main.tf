# The HTTP API: API Gateway says who may call and how often, order-api answers.

locals {
  routes = toset(["POST /v1/events", "GET /v1/health"])
  is_jwt = var.settings.authorisation == "jwt"
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Order events over HTTP; docs/openapi.json describes it."
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  count = local.is_jwt ? 1 : 0

  api_id           = aws_apigatewayv2_api.this.id
  name             = var.name
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.settings.issuer
    audience = var.settings.audience
  }
}

resource "aws_apigatewayv2_integration" "order_api" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.function.function.arn
  integration_method     = "POST"
  payload_format_version = "2.0"
  timeout_milliseconds   = 30000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.value
  target             = "integrations/${aws_apigatewayv2_integration.order_api.id}"
  authorization_type = local.is_jwt ? "JWT" : "AWS_IAM"
  authorizer_id      = one(aws_apigatewayv2_authorizer.jwt[*].id)
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.settings.requests_per_second
    throttling_burst_limit = var.settings.burst
  }

  # Neither addresses nor claims nor what identifies a device: a person who orders may be behind each.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId          = "$context.requestId"
      requestTime        = "$context.requestTime"
      routeKey           = "$context.routeKey"
      status             = "$context.status"
      error              = "$context.error.message"
      responseLength     = "$context.responseLength"
      responseLatency    = "$context.responseLatency"
      integrationLatency = "$context.integrationLatency"
    })
  }
}

resource "aws_lambda_permission" "http_api" {
  statement_id  = "http-api"
  action        = "lambda:InvokeFunction"
  function_name = module.function.function.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts with its own key; `kms_key` brings another, a dollar a month
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key
}
