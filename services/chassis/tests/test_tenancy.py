"""What the tenancy check lets pass and what it refuses, statement by statement."""

from collections.abc import Callable

import pytest
from sqlalchemy import (
    ARRAY,
    Column,
    Integer,
    MetaData,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    false,
    func,
    lateral,
    literal_column,
    not_,
    or_,
    select,
    text,
    true,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.tenancy import Query, TenantNotBound, check_tenant

metadata = MetaData()
a = Table("a", metadata, Column("org_id", Uuid), Column("id", Uuid), Column("account_id", Uuid), Column("n", Integer))
b = Table("b", metadata, Column("org_id", Uuid), Column("id", Uuid), Column("a_id", Uuid))
c = Table("c", metadata, Column("org_id", Uuid), Column("id", Uuid), Column("b_id", Uuid))
countries = Table("countries", metadata, Column("code", Integer))

ORG = bindparam("org_id", type_=Uuid())
ACCOUNT = bindparam("account_id", type_=Uuid())
A_BOUND = a.c.org_id == ORG
ids = func.unnest(bindparam("ids", type_=ARRAY(Uuid))).table_valued(column("id", Uuid)).render_derived(name="ids")
target = update(a).where(A_BOUND).values(n=1).returning(a.c.org_id, a.c.id).cte("target")
tree = select(a.c.org_id, a.c.id).where(A_BOUND).cte("tree", recursive=True)
child = a.alias("child")
other = a.alias("other")
by_org = b.c.org_id == a.c.org_id
by_key = and_(by_org, b.c.a_id == a.c.id)

PASSES: dict[str, Callable[[], Query]] = {
    "bound": lambda: select(a).where(A_BOUND),
    "bound the other way round": lambda: select(a).where(ORG == a.c.org_id),
    "bound through a cast": lambda: select(a).where(a.c.org_id == cast(ORG, Uuid)),
    "bound among others": lambda: select(a).where(and_(a.c.n > 1, and_(A_BOUND, true()))),
    "bound by the account": lambda: select(a).where(a.c.account_id == ACCOUNT),
    "no tenant's table": lambda: select(countries),
    "join on the neighbour's org": lambda: select(a, b).join(b, by_key).where(A_BOUND),
    "join on the neighbour's org, bound at the end of the chain": lambda: (
        select(a, c).join(b, by_org).join(c, c.c.org_id == b.c.org_id).where(c.c.org_id == ORG)
    ),
    "join from the account's row": lambda: select(a, b).join(b, by_key).where(a.c.account_id == ACCOUNT),
    "alias": lambda: select(other).where(other.c.org_id == ORG),
    "two aliases": lambda: select(a, other).where(A_BOUND, other.c.org_id == a.c.org_id),
    "left join, its right side in ON": lambda: select(a, b).outerjoin(b, by_key).where(A_BOUND),
    "left join, both in WHERE": lambda: select(a, b).outerjoin(b, b.c.a_id == a.c.id).where(A_BOUND, b.c.org_id == ORG),
    "full join, both in WHERE": lambda: (
        select(a, b).join(b, b.c.a_id == a.c.id, full=True).where(A_BOUND, b.c.org_id == ORG)
    ),
    "subquery in FROM": lambda: select(select(a).where(A_BOUND).subquery()),
    "join with a subquery that carries org_id": lambda: select(b).join(
        s := select(a).where(A_BOUND).subquery(), s.c.org_id == b.c.org_id
    ),
    "join with a subquery that carries it by another name": lambda: select(b).join(
        s := select(a.c.org_id.label("tenant")).where(A_BOUND).subquery(), s.c.tenant == b.c.org_id
    ),
    "join with a CTE": lambda: select(b).join(s := select(a).where(A_BOUND).cte(), s.c.org_id == b.c.org_id),
    "exists": lambda: select(a).where(A_BOUND, exists().where(by_key)),
    "not exists": lambda: select(a).where(A_BOUND, ~exists().where(by_key)),
    "scalar subquery": lambda: select(a.c.id, select(func.count(b.c.id)).where(by_key).scalar_subquery()).where(
        A_BOUND
    ),
    "in a subquery": lambda: select(a).where(A_BOUND, a.c.id.in_(select(b.c.a_id).where(b.c.org_id == ORG))),
    "exists in a case": lambda: select(case((exists().where(by_key), 1), else_=0)).select_from(a).where(A_BOUND),
    "exists in ORDER BY": lambda: select(a).where(A_BOUND).order_by(exists().where(by_key)),
    "exists two levels down": lambda: select(a).where(
        A_BOUND, exists().where(by_key, exists().where(c.c.org_id == b.c.org_id))
    ),
    "lateral": lambda: (
        select((last := lateral(select(b.c.id).where(by_key).limit(1), "last")).c.id)
        .select_from(a.join(last, true()))
        .where(A_BOUND)
    ),
    "union": lambda: union(select(a.c.id).where(A_BOUND), select(b.c.id).where(b.c.org_id == ORG)),
    "join with a union that carries org_id": lambda: select(c).join(
        u := union_all(select(a.c.org_id).where(A_BOUND), select(b.c.org_id).where(b.c.org_id == ORG)).subquery(),
        u.c.org_id == c.c.org_id,
    ),
    "recursion": lambda: select(
        tree.union_all(select(child.c.org_id, child.c.id).where(child.c.org_id == tree.c.org_id))
    ),
    "unnest": lambda: select(ids.c.id),
    "insert without values": lambda: insert(a),
    "insert with values": lambda: insert(a).values(org_id=ORG, n=1),
    "insert many": lambda: insert(a).values([{"org_id": ORG, "n": 1}, {"org_id": ORG, "n": 2}]),
    "insert from select": lambda: insert(b).from_select(["org_id", "id"], select(a.c.org_id, a.c.id).where(A_BOUND)),
    "insert from unnest": lambda: insert(b).from_select(["id", "org_id"], select(ids.c.id, ORG)),
    "insert after a target": lambda: (
        select(func.count())
        .select_from(target)
        .add_cte(insert(b).from_select(["org_id", "id"], select(target.c.org_id, target.c.id)).cte("then"))
    ),
    "insert a scalar of the same tenant": lambda: insert(a).values(
        org_id=ORG, n=select(func.count(b.c.id)).where(b.c.org_id == ORG).scalar_subquery()
    ),
    "upsert on the tenant's key": lambda: (
        insert(a).values(org_id=ORG, n=1).on_conflict_do_update(index_elements=["org_id", "id"], set_={"n": 1})
    ),
    "upsert bound by its WHERE": lambda: (
        insert(a).values(org_id=ORG, n=1).on_conflict_do_update(index_elements=["n"], set_={"n": 1}, where=A_BOUND)
    ),
    "insert or nothing": lambda: insert(a).values(org_id=ORG, n=1).on_conflict_do_nothing(),
    "update": lambda: update(a).where(A_BOUND).values(n=1),
    "update by the account": lambda: update(a).where(a.c.account_id == ACCOUNT).values(n=1),
    "update from": lambda: update(b).where(by_key, A_BOUND).values(a_id=a.c.id),
    "update from a CTE": lambda: update(b).where(b.c.org_id == target.c.org_id).values(a_id=target.c.id),
    "update with a subquery": lambda: (
        update(a).where(A_BOUND).values(n=select(func.count(b.c.id)).where(by_key).scalar_subquery())
    ),
    "delete": lambda: delete(a).where(A_BOUND),
    "delete using": lambda: delete(b).where(by_key, A_BOUND),
    "delete what a CTE found": lambda: delete(b).where(b.c.org_id == ORG, b.c.id.in_(select(target.c.id))),
    "harmless SQL text": lambda: select(literal_column("count(*)")).select_from(a).where(A_BOUND),
}

REFUSED: dict[str, Callable[[], Query]] = {
    "nothing bound": lambda: select(a),
    "another column": lambda: select(a).where(a.c.id == ORG),
    "another parameter": lambda: select(a).where(a.c.org_id == bindparam("org")),
    "a literal": lambda: select(a).where(a.c.org_id == bindparam("org_id", "00000000-0000-7000-8000-000000000001")),
    "the account of a table without one": lambda: select(b).where(b.c.a_id == ACCOUNT),
    "org_id against the account": lambda: select(a).where(a.c.org_id == ACCOUNT),
    "only one branch of an OR": lambda: select(a).where(or_(A_BOUND, a.c.n == 1)),
    "an OR of two": lambda: select(a).where(or_(A_BOUND, A_BOUND)),
    "negated": lambda: select(a).where(not_(A_BOUND)),
    "unequal": lambda: select(a).where(a.c.org_id != ORG),
    "greater or equal": lambda: select(a).where(a.c.org_id >= ORG),
    "one of several": lambda: select(a).where(a.c.org_id == any_(bindparam("org_id", type_=ARRAY(Uuid)))),
    "in a list": lambda: select(a).where(a.c.org_id.in_(bindparam("org_id", expanding=True))),
    "inside a function": lambda: select(a).where(func.coalesce(A_BOUND, true())),
    "not distinct": lambda: select(a).where(a.c.org_id.is_not_distinct_from(ORG)),
    "against itself": lambda: select(a).where(a.c.org_id == a.c.org_id),
    "only in HAVING": lambda: select(func.count()).select_from(a).group_by(a.c.org_id).having(A_BOUND),
    "only in the columns": lambda: select(a.c.org_id, ORG),
    "a false WHERE": lambda: select(a).where(false()),
    "cartesian product": lambda: select(a, b).where(A_BOUND),
    "join by id only": lambda: select(a, b).join(b, b.c.a_id == a.c.id).where(A_BOUND),
    "two unbound tables that agree": lambda: select(a, b).join(b, by_org),
    "alias unbound": lambda: select(a, other).where(A_BOUND),
    "left join, its left side in ON": lambda: select(a, b).outerjoin(b, and_(A_BOUND, b.c.org_id == ORG)),
    "left join, its left side by the right one": lambda: select(a, b).outerjoin(b, and_(by_org, b.c.org_id == ORG)),
    "full join in ON": lambda: select(a, b).join(b, and_(A_BOUND, b.c.org_id == ORG), full=True),
    "subquery unbound": lambda: select(select(a).subquery()),
    "subquery bound from outside": lambda: select(s := select(a).subquery()).where(s.c.org_id == ORG),
    "join with a subquery's other column": lambda: select(b).join(
        s := select(a.c.id.label("org_id")).where(A_BOUND).subquery(), s.c.org_id == b.c.org_id
    ),
    "unused CTE": lambda: select(a).where(A_BOUND).add_cte(delete(b).cte("gone")),
    "exists": lambda: select(a).where(A_BOUND, exists().where(b.c.a_id == a.c.id)),
    "exists that binds the outer table": lambda: select(a).where(exists().where(b.c.org_id == ORG, A_BOUND, by_key)),
    "exists on a second scan of the outer table": lambda: select(a).where(
        A_BOUND, exists(select(a.c.id).where(a.c.n == 1).correlate(None))
    ),
    "exists behind an OR": lambda: select(a).where(or_(A_BOUND, exists().where(by_key))),
    "scalar subquery": lambda: select(a.c.id, select(func.count(b.c.id)).scalar_subquery()).where(A_BOUND),
    "in a subquery": lambda: select(a).where(A_BOUND, a.c.id.in_(select(b.c.a_id))),
    "exists in ORDER BY": lambda: select(a).where(A_BOUND).order_by(exists().where(b.c.a_id == a.c.id)),
    "exists in a join's ON": lambda: (
        select(a, b).select_from(a.join(b, and_(by_key, exists().where(c.c.b_id == b.c.id)))).where(A_BOUND)
    ),
    "lateral": lambda: (
        select((last := lateral(select(b.c.id).where(b.c.a_id == a.c.id), "last")).c.id)
        .select_from(a.join(last, true()))
        .where(A_BOUND)
    ),
    "one branch of a union": lambda: union(select(a.c.id).where(A_BOUND), select(b.c.id)),
    "union where one branch carries something else": lambda: select(c).join(
        u := union_all(select(a.c.org_id).where(A_BOUND), select(b.c.id).where(b.c.org_id == ORG)).subquery(),
        u.c.org_id == c.c.org_id,
    ),
    "recursion that leaves the tenant": lambda: select(
        tree.union_all(select(child.c.org_id, child.c.id).where(child.c.id == tree.c.id))
    ),
    "recursion that carries something else": lambda: select(
        tree.union_all(select(child.c.id, child.c.id).where(child.c.org_id == tree.c.org_id))
    ),
    "unnest in place of a tenant": lambda: select(a).join(
        u := func.unnest(bindparam("org_ids", type_=ARRAY(Uuid))).table_valued("org_id").render_derived(),
        u.c.org_id == a.c.org_id,
    ),
    "insert without org_id": lambda: insert(a).values(n=1),
    "insert another parameter": lambda: insert(a).values(org_id=bindparam("org"), n=1),
    "insert many, one without": lambda: insert(a).values([{"org_id": ORG, "n": 1}, {"org_id": bindparam("o"), "n": 2}]),
    "insert from an unbound select": lambda: insert(b).from_select(["org_id", "id"], select(a.c.org_id, a.c.id)),
    "insert from the wrong column": lambda: insert(b).from_select(
        ["org_id", "id"], select(a.c.id, a.c.org_id).where(A_BOUND)
    ),
    "insert from select without org_id": lambda: insert(b).from_select(["id"], select(a.c.id).where(A_BOUND)),
    "insert a scalar of everybody": lambda: insert(a).values(
        org_id=ORG, n=select(func.count(b.c.id)).scalar_subquery()
    ),
    "insert returning a scalar of everybody": lambda: (
        insert(a).values(org_id=ORG).returning(select(func.count(b.c.id)).scalar_subquery())
    ),
    "upsert on another key": lambda: (
        insert(a).values(org_id=ORG, n=1).on_conflict_do_update(index_elements=["n"], set_={"n": 1})
    ),
    "upsert by a named constraint": lambda: (
        insert(a).values(org_id=ORG, n=1).on_conflict_do_update(constraint="a_key", set_={"n": 1})
    ),
    "upsert that moves the row": lambda: (
        insert(a)
        .values(org_id=ORG, n=1)
        .on_conflict_do_update(index_elements=["org_id"], set_={"org_id": bindparam("new_org")})
    ),
    "update": lambda: update(a).values(n=1),
    "update that moves the row": lambda: update(a).where(A_BOUND).values(org_id=bindparam("new_org")),
    "update from unbound": lambda: update(b).where(b.c.org_id == ORG).values(a_id=a.c.id),
    "update from unbound, in WHERE": lambda: update(b).where(b.c.org_id == ORG, b.c.a_id == a.c.id).values(id=None),
    "update with a subquery": lambda: update(a).where(A_BOUND).values(n=select(func.count(b.c.id)).scalar_subquery()),
    "delete": lambda: delete(a).where(a.c.n == 1),
    "delete using unbound": lambda: delete(b).where(b.c.org_id == ORG, b.c.a_id == a.c.id),
    "delete in a CTE": lambda: select(delete(a).returning(a.c.id).cte("gone")),
    "a query in SQL text": lambda: select(text("(SELECT count(*) FROM a)")),
    "an OR in SQL text": lambda: select(a).where(A_BOUND, text("n = 1 OR true")),
    "a comment in SQL text": lambda: select(a).where(text("n = 1 --"), A_BOUND),
    "text as a whole": lambda: text("SELECT * FROM a").columns(a.c.id),
}


@pytest.mark.parametrize("make", PASSES.values(), ids=PASSES.keys())
def test_a_statement_for_one_tenant_passes(make):
    """OP-11: a statement that is bound to the caller's organization is not hindered."""
    check_tenant(make())


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_a_statement_for_more_than_one_tenant_is_refused(make):
    """OP-11: a statement that could touch another organization's rows does not come into being."""
    with pytest.raises(TenantNotBound):
        check_tenant(make())
