from chassis.migrations import run_env
from services.chassis.tests.ledger.storage import metadata

run_env(metadata)
