"""How an organization is changed: all that is constant about it, said once."""

from collections.abc import Mapping
from datetime import datetime

from portico.identity.v1 import resources_pb2 as res

from chassis.aggregate import Act, Aggregate
from identity.organizations.deps import Deps
from identity.organizations.domain import Organization
from identity.organizations.events import organization_message, organization_updated
from identity.organizations.storage import SAVE_SETTINGS, settings_params
from identity.shared.audit.domain import Action
from identity.shared.audit.usecases import audit_written, signed_in


def organizations(deps: Deps) -> Aggregate[Organization, res.Organization]:
    """Organizations as their administrators change them."""

    def params(organization: Organization, act: Act) -> Mapping[str, object]:
        audit = audit_written(
            deps,
            act.call,
            (Action.ORGANIZATION_UPDATED,),
            subject=organization.org_id,
            actor=signed_in(act.call),
            now=act.now,
        )
        return {**settings_params(organization), **audit}

    def answer(organization: Organization, _: datetime) -> res.Organization:
        return organization_message(organization)

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=SAVE_SETTINGS,
        params=params,
        events=lambda organization, act: [organization_updated(organization, ids=deps.ids, now=act.now)],
        answer=answer,
        reply=res.Organization,
    )
