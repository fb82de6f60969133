"""What can go wrong when artefacts are built.

PackagingError
├── DependenciesError     pip could not install the locked dependencies
├── PackageMissingError   one of our own packages is not importable
├── CompilationError      a file is no Python of the target's version
├── FunctionTooLargeError a function's zip is over its limit
└── ImportFailedError     a built function lacks something that it imports
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


class CompilationError(PackagingError):
    """A file could not be compiled for the target's version."""

    def __init__(self, interpreter: str, output: str) -> None:
        super().__init__(f"{interpreter} could not compile the function's modules:\n{output.strip()}")
        self.interpreter = interpreter
        self.output = output


class ImportFailedError(PackagingError):
    """A built function lacks something that it imports."""

    def __init__(self, module: str, output: str) -> None:
        super().__init__(
            f"{module} cannot be imported from its zip; see what was left out:\n{output.strip()}"
        )
        self.module = module
        self.output = output


class FunctionTooLargeError(PackagingError):
    """A function's zip is over its limit."""

    def __init__(self, name: str, size: int, limit: int) -> None:
        super().__init__(f"{name} has {size} bytes, {limit} are allowed; leave out what it never imports")
        self.name = name
        self.size = size
        self.limit = limit
