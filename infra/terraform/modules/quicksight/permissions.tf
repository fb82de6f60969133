# What QuickSight itself grants an owner, by kind of asset.
locals {
  actions = {
    data_source = formatlist("quicksight:%s", [
      "DeleteDataSource", "DescribeDataSource", "DescribeDataSourcePermissions", "PassDataSource", "UpdateDataSource",
      "UpdateDataSourcePermissions",
    ])
    data_set = formatlist("quicksight:%s", [
      "CancelIngestion", "CreateIngestion", "DeleteDataSet", "DescribeDataSet", "DescribeDataSetPermissions",
      "DescribeIngestion", "ListIngestions", "PassDataSet", "UpdateDataSet", "UpdateDataSetPermissions",
    ])
    analysis = formatlist("quicksight:%s", [
      "DeleteAnalysis", "DescribeAnalysis", "DescribeAnalysisPermissions", "QueryAnalysis", "RestoreAnalysis",
      "UpdateAnalysis", "UpdateAnalysisPermissions",
    ])
    template = formatlist("quicksight:%s", [
      "DeleteTemplate", "DescribeTemplate", "DescribeTemplatePermissions", "UpdateTemplate",
      "UpdateTemplatePermissions",
    ])
    dashboard = formatlist("quicksight:%s", [
      "DeleteDashboard", "DescribeDashboard", "DescribeDashboardPermissions", "ListDashboardVersions",
      "QueryDashboard", "UpdateDashboard", "UpdateDashboardPermissions", "UpdateDashboardPublishedVersion",
    ])
  }
}
