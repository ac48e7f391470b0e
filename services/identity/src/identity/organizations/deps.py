"""What the use cases of organizations are handed."""

from dataclasses import dataclass

from identity.organizations.storage import OrganizationDirectory
from identity.shared import deps as shared


@dataclass(frozen=True, slots=True)
class Deps(shared.Deps):
    """Also the organizations, which almost every call needs one of."""

    organizations: OrganizationDirectory
