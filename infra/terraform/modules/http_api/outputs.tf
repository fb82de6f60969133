output "id" {
  description = "Id of the API: the dimension of its metrics."
  value       = aws_apigatewayv2_api.this.id
}

output "url" {
  description = "Where the API is served."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "role_arns" {
  description = "Role of the function."
  value       = { order_api = module.function.role_arn }
}
