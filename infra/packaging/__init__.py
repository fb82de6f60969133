"""What is deployed: the Lambda zips and the Glue bundle, built reproducibly."""
