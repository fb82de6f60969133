"""What the pipeline costs a month: quantities (`model`, or counted: `measured`) times prices (`bill`)."""
