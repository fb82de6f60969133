"""Where the pipeline runs: Terraform for AWS, an embedded AWS for the laptop."""
