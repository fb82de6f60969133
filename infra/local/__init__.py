"""An embedded AWS: moto's server with engines where moto only answers. See docs/embedded-aws.md."""
