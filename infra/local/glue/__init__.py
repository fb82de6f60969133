"""AWS Glue on the embedded AWS: moto's catalogue with real commits, and jobs that really run.

`catalog` makes `UpdateTable` honour `VersionId`; `jobs` holds job definitions and their runs;
`arguments` is Glue's argument convention; `pythonshell` runs one script in a child process;
`backend` and `responses` join them to moto; `engine` has the duties of an engine.
"""

from infra.local.glue.engine import GlueEngine, JobSettings, install

__all__ = ["GlueEngine", "JobSettings", "install"]
