from tests.operations.conftest import site, template

__all__ = ["site", "template"]
