"""The statement that claims what is sent in bulk: organizations in turn, and none faster than its rate.

A queue is what waits of one group of an organization (or of no group). Each organization and each group has a token
bucket in `groups`, which all processes share: it holds a second's worth of its rate, one message at least.
"""

from sqlalchemy import (
    ARRAY,
    CTE,
    Double,
    Integer,
    Text,
    all_,
    and_,
    bindparam,
    case,
    cast,
    extract,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from chassis.db import statement
from notifications.messages.storage import EMPTY, IS_BULK, NOW, groups, messages, organizations
from notifications.sending.storage import CHANNEL, IS_DUE, LIMIT, WHY, Claimed, claim
from notifications.shared.domain import DEFAULT_SEND_RATE

_c, _g, _o = messages.c, groups.c, organizations.c
_KEY = (_c.org_id, _c.requester, _c.group)
_IN_BULK = (_c.channel == CHANNEL, IS_BULK, _c.due_time.is_not(None))


def _queues() -> CTE:
    """Every queue in which something waits: one step in the index for each, however long it is."""
    one = select(*_KEY).where(*_IN_BULK).order_by(*_KEY).limit(1)
    first = one.subquery("first")
    queues = select(first.c.org_id, first.c.requester, first.c.group).cte("queues", recursive=True)
    position = tuple_(queues.c.org_id, queues.c.requester, queues.c.group)
    further = one.where(tuple_(*_KEY) > position).lateral("further")
    return queues.union_all(
        select(further.c.org_id, further.c.requester, further.c.group).select_from(queues.join(further, true()))
    )


_queues_cte = _queues()
_q = _queues_cte.c
_zone = func.coalesce(select(_o.time_zone).where(_o.org_id == _q.org_id).scalar_subquery(), "UTC")
_is_withdrawn = _g.withdraw_time.is_not(None)
_one_due = (
    select(_c.id)
    .where(_c.org_id == _q.org_id, _c.requester == _q.requester, _c.group == _q.group, *_IN_BULK, *IS_DUE)
    .limit(1)
    .lateral("one_due")
)
_waiting = (
    select(_q.org_id, _q.requester, _q.group, func.coalesce(_is_withdrawn, false()).label("is_withdrawn"))
    .select_from(
        _queues_cte.join(_one_due, true()).outerjoin(
            groups, and_(_g.org_id == _q.org_id, _g.requester == _q.requester, _g.group == _q.group)
        )
    )
    .where(or_(_zone != all_(bindparam("quiet_zones", type_=ARRAY(Text))), _is_withdrawn))
    .cte("waiting")
)
_w = _waiting.c

_rate = case((_g.group == EMPTY, func.coalesce(_o.send_rate, DEFAULT_SEND_RATE)), else_=_g.rate)
_per_second = cast(_rate, Double) / 60
_seconds = func.greatest(extract("epoch", NOW - _g.refill_time), 0)
_tokens = func.least(_g.tokens + _per_second * _seconds, func.greatest(_per_second, 1))
_buckets = (
    select(
        _g.org_id,
        _g.requester,
        _g.group,
        _g.refill_time,
        cast(func.floor(case((_rate == 0, LIMIT), else_=_tokens)), Integer).label("whole"),
        _tokens.label("tokens"),
    )
    .where(
        tuple_(_g.org_id, _g.requester, _g.group).in_(
            union_all(select(_w.org_id, EMPTY, EMPTY), select(_w.org_id, _w.requester, _w.group))
        )
    )
    .select_from(groups.outerjoin(organizations, _o.org_id == _g.org_id))
    .with_for_update(of=groups, skip_locked=True, key_share=True)
    .cte("buckets")
)
"""What may go out now; a bucket that another process has its hand in is left to it."""

_own, _of_group = _buckets.alias("own"), _buckets.alias("of_group")
_allowed = func.least(_own.c.whole, case((_w.group == EMPTY, LIMIT), else_=func.coalesce(_of_group.c.whole, 0)))
_each = (
    select(_c.id, _c.due_time)
    .where(_c.org_id == _w.org_id, _c.requester == _w.requester, _c.group == _w.group, *_IN_BULK, *IS_DUE)
    .order_by(_c.due_time)
    .limit(case((_w.is_withdrawn, LIMIT), else_=func.least(_allowed, LIMIT)))
    .lateral("each")
)
_place = func.row_number().over(partition_by=(_w.org_id, _w.is_withdrawn), order_by=(_each.c.due_time, _each.c.id))
_candidates = (
    select(
        _w.org_id,
        _w.requester,
        _w.group,
        _w.is_withdrawn,
        _each.c.id,
        _own.c.whole,
        _own.c.refill_time,
        _place.label("place"),
    )
    .select_from(
        _waiting.join(_own, and_(_own.c.org_id == _w.org_id, _own.c.group == EMPTY))
        .outerjoin(
            _of_group,
            and_(
                _of_group.c.org_id == _w.org_id,
                _of_group.c.requester == _w.requester,
                _of_group.c.group == _w.group,
            ),
        )
        .join(_each, true())
    )
    .subquery("candidates")
)
_chosen = (
    select(*_candidates.c)
    .where(or_(_candidates.c.is_withdrawn, _candidates.c.place <= _candidates.c.whole))
    .order_by(_candidates.c.place, _candidates.c.refill_time)
    .limit(LIMIT)
    .cte("chosen")
)
"""The first of each organization, then the second of each …; who was served longest ago goes first."""

_taken = (
    select(_c.org_id, _c.id, _c.requester, _c.group, _chosen.c.is_withdrawn)
    .join(_chosen, and_(_chosen.c.org_id == _c.org_id, _chosen.c.id == _c.id))
    .where(*IS_DUE)
    .with_for_update(of=messages, skip_locked=True)
    .cte("taken")
)
_t = _taken.c


_costs = ~_t.is_withdrawn
_counts = union_all(
    select(_t.org_id, EMPTY.label("requester"), EMPTY.label("group"), func.count().label("count"))
    .where(_costs)
    .group_by(_t.org_id),
    select(_t.org_id, _t.requester, _t.group, func.count())
    .where(_costs, _t.group != EMPTY)
    .group_by(_t.org_id, _t.requester, _t.group),
).subquery("counts")
_b = _buckets.c
_spend = (
    update(groups)
    .where(
        *(_g[name] == _b[name] for name in ("org_id", "requester", "group")),
        *(_g[name] == _counts.c[name] for name in ("org_id", "requester", "group")),
    )
    .values(tokens=_b.tokens - _counts.c.count, refill_time=func.greatest(_g.refill_time, NOW))
)

CLAIM_BULK = statement(claim(_taken).add_cte(_spend.cte("spend")), into=Claimed, cross_tenant=WHY)
"""Claims what is BULK, as `CLAIM_MESSAGES` does the rest, but nothing in `quiet_zones`.

What was withdrawn goes at any hour and costs nothing: it is only cancelled.
"""
