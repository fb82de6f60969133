"""The scheduled jobs that build silver and gold from bronze. Runs on Python 3.9 too."""
