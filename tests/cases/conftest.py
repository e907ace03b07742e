"""The county stands beside the cast for every test of the case."""

from tests.cases.county import county

__all__ = ["county"]
