"""What the tests of a service are built on; the fixtures are in `chassis.testing.plugin`."""

from chassis.testing.clock import FakeClock
from chassis.testing.eventually import eventually

__all__ = ["FakeClock", "eventually"]
