"""The version of the package: what `sim.__version__`, `simulator --version`, reports and sweeps say."""

__version__ = "0.1.0"
