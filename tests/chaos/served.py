"""`python -m tests.chaos.served SERVICE [--ahead=SECONDS] [--settling=SECONDS]`: a service by another clock.

`ahead` is how far its clock goes wrong; `settling` stands in for the time that a sender waits before it takes over
from a dead one.
"""

import argparse
import sys
from datetime import datetime, timedelta
from importlib import import_module

import chassis.context
from chassis.clock import utc_now
from chassis.service import run


def main() -> None:
    """Change what was asked for, then serve as always."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--ahead", type=float, default=0)
    parser.add_argument("--settling", type=float)
    options = parser.parse_args()
    ahead = timedelta(seconds=options.ahead)

    def clock() -> datetime:
        return utc_now() + ahead

    vars(chassis.context)["utc_now"] = clock
    if options.settling is not None:
        vars(import_module("notifications.sending.sender"))["SETTLING"] = timedelta(seconds=options.settling)
    sys.argv = [options.service, "serve"]
    run(import_module(f"{options.service}.app").definition)


main()
