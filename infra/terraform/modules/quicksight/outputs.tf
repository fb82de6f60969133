output "dashboard_id" {
  description = "Id of the dashboard: the end of its address in QuickSight."
  value       = aws_quicksight_dashboard.this.dashboard_id
}
