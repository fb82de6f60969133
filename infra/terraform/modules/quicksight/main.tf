# Athena's answers as a QuickSight dashboard. What it shows is said in one YAML file; what a measure is, in sql/analytics.

locals {
  visuals = [for index, visual in yamldecode(file(var.visuals_file)) : merge({ color = null }, visual, {
    id = replace(visual.question, "_", "-")
    # Two beside each other on QuickSight's grid of 36 columns.
    column = index % 2 * 18
    row    = floor(index / 2) * 12
  })]
  by_id = { for visual in local.visuals : visual.id => visual }

  # QuickSight asks in no database of ours, so that tables need theirs, and puts the text in brackets.
  tables = "/\\b(FROM|JOIN) ((?:bronze|silver|gold|quarantine)_[a-z_]+)/"
  sql = { for id, visual in local.by_id : id => trimsuffix(trimspace(replace(
    file("${var.sql_dir}/analytics/${visual.question}.sql"), local.tables, "$1 \"${var.database.name}\".\"$2\""
  )), ";") }
}

resource "aws_quicksight_data_source" "athena" {
  data_source_id = var.name
  name           = var.name
  type           = "ATHENA"

  parameters {
    athena {
      work_group = var.workgroup.name
    }
  }

  permission {
    principal = var.owner
    actions   = local.actions.data_source
  }
}

resource "aws_quicksight_data_set" "this" {
  for_each = local.by_id

  data_set_id = "${var.name}-${each.key}"
  name        = each.value.title
  # The tables are small and always current; SPICE would show them as of its last import.
  import_mode = "DIRECT_QUERY"

  physical_table_map {
    physical_table_map_id = each.key

    custom_sql {
      data_source_arn = aws_quicksight_data_source.athena.arn
      name            = each.value.question
      sql_query       = local.sql[each.key]

      dynamic "columns" {
        for_each = each.value.columns

        content {
          name = columns.value.name
          type = columns.value.type
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions   = local.actions.data_set
  }
}

# The dashboard is a published copy of the analysis, by way of a template.
resource "aws_quicksight_template" "this" {
  template_id         = var.name
  name                = var.name
  version_description = "The analysis as it is now."

  source_entity {
    source_analysis {
      arn = aws_quicksight_analysis.this.arn

      dynamic "data_set_references" {
        for_each = local.by_id

        content {
          data_set_arn         = aws_quicksight_data_set.this[data_set_references.key].arn
          data_set_placeholder = data_set_references.key
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions   = local.actions.template
  }

  lifecycle {
    replace_triggered_by = [aws_quicksight_analysis.this.definition]
  }
}

resource "aws_quicksight_dashboard" "this" {
  dashboard_id        = var.name
  name                = "Orders"
  version_description = "The analysis as it is now."

  source_entity {
    source_template {
      arn = aws_quicksight_template.this.arn

      dynamic "data_set_references" {
        for_each = local.by_id

        content {
          data_set_arn         = aws_quicksight_data_set.this[data_set_references.key].arn
          data_set_placeholder = data_set_references.key
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions   = local.actions.dashboard
  }

  lifecycle {
    replace_triggered_by = [aws_quicksight_template.this]
  }
}
