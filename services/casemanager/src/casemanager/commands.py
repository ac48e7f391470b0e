"""What an operator does by hand: so far the commands that every service has."""

from casemanager.app import build
from casemanager.config import CaseManagerSettings
from chassis.service import ServiceDefinition

definition = ServiceDefinition(
    name="casemanager", settings=CaseManagerSettings, build=build, migrations="casemanager.migrations"
)
