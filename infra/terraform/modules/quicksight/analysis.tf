# One sheet, one visual per question; which kind a visual is decides which of its blocks is there.
resource "aws_quicksight_analysis" "this" {
  analysis_id = var.name
  name        = "Orders"

  definition {
    dynamic "data_set_identifiers_declarations" {
      for_each = local.by_id

      content {
        identifier   = data_set_identifiers_declarations.key
        data_set_arn = aws_quicksight_data_set.this[data_set_identifiers_declarations.key].arn
      }
    }

    sheets {
      sheet_id = "orders"
      name     = "Orders"

      layouts {
        configuration {
          grid_layout {
            dynamic "elements" {
              for_each = local.visuals

              content {
                element_id   = elements.value.id
                element_type = "VISUAL"
                column_index = elements.value.column
                column_span  = 18
                row_index    = elements.value.row
                row_span     = 12
              }
            }
          }
        }
      }

      dynamic "visuals" {
        for_each = local.visuals
        iterator = each

        content {
          dynamic "line_chart_visual" {
            for_each = each.value.kind == "line" ? [each.value] : []
            iterator = visual

            content {
              visual_id = visual.value.id

              title {
                format_text {
                  plain_text = visual.value.title
                }
              }

              chart_configuration {
                field_wells {
                  line_chart_aggregated_field_wells {
                    category {
                      date_dimension_field {
                        field_id = "${visual.value.id}-category"

                        column {
                          data_set_identifier = visual.value.id
                          column_name         = visual.value.category
                        }
                      }
                    }

                    values {
                      numerical_measure_field {
                        field_id = "${visual.value.id}-value"

                        column {
                          data_set_identifier = visual.value.id
                          column_name         = visual.value.value
                        }

                        aggregation_function {
                          simple_numerical_aggregation = "SUM"
                        }
                      }
                    }

                    dynamic "colors" {
                      for_each = visual.value.color[*]

                      content {
                        categorical_dimension_field {
                          field_id = "${visual.value.id}-color"

                          column {
                            data_set_identifier = visual.value.id
                            column_name         = colors.value
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }

          dynamic "bar_chart_visual" {
            for_each = each.value.kind == "bar" ? [each.value] : []
            iterator = visual

            content {
              visual_id = visual.value.id

              title {
                format_text {
                  plain_text = visual.value.title
                }
              }

              chart_configuration {
                field_wells {
                  bar_chart_aggregated_field_wells {
                    category {
                      categorical_dimension_field {
                        field_id = "${visual.value.id}-category"

                        column {
                          data_set_identifier = visual.value.id
                          column_name         = visual.value.category
                        }
                      }
                    }

                    values {
                      numerical_measure_field {
                        field_id = "${visual.value.id}-value"

                        column {
                          data_set_identifier = visual.value.id
                          column_name         = visual.value.value
                        }

                        aggregation_function {
                          simple_numerical_aggregation = "SUM"
                        }
                      }
                    }

                    dynamic "colors" {
                      for_each = visual.value.color[*]

                      content {
                        categorical_dimension_field {
                          field_id = "${visual.value.id}-color"

                          column {
                            data_set_identifier = visual.value.id
                            column_name         = colors.value
                          }
                        }
                      }
                    }
                  }
                }

                sort_configuration {
                  category_sort {
                    field_sort {
                      field_id  = "${visual.value.id}-value"
                      direction = "DESC"
                    }
                  }
                }
              }
            }
          }

          dynamic "table_visual" {
            for_each = each.value.kind == "table" ? [each.value] : []
            iterator = visual

            content {
              visual_id = visual.value.id

              title {
                format_text {
                  plain_text = visual.value.title
                }
              }

              chart_configuration {
                field_wells {
                  table_unaggregated_field_wells {
                    dynamic "values" {
                      for_each = visual.value.columns

                      content {
                        field_id = "${visual.value.id}-${values.value.name}"

                        column {
                          data_set_identifier = visual.value.id
                          column_name         = values.value.name
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  permissions {
    principal = var.owner
    actions   = local.actions.analysis
  }
}
