"""What can go wrong when artefacts are built.

PackagingError
├── DependenciesError     pip could not install the locked dependencies
└── PackageMissingError            one of our own packages is not importable
"""


class PackagingError(Exception):
    """An artefact could not be built."""


class DependenciesError(PackagingError):
    """pip could not install the locked dependencies for a target."""

    def __init__(self, requirements: str, target: str, output: str) -> None:
        super().__init__(
            f"pip could not install {requirements} for {target}; check the network or the package index, "
            f"then run the command again. pip said:\n{output.strip()}"
        )
        self.requirements = requirements
        self.target = target
        self.output = output


class PackageMissingError(PackagingError):
    """One of our own packages is not importable."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"package {package!r} cannot be imported; install orderlake again (pip install -e .)"
        )
        self.package = package
