"""Rollups: events added up by hour, and by day with everybody they were made for.

They hold every attribute that decides a price (provider, model, tier, region, rate).
A call that repeats another one is left out. Sums are those of the events to the last digit.
"""

from outlay.model.charge import quoted
from outlay.model.event import HOURLY_SUBJECTS, KEYS, SUBJECTS, SUMS, failed_sql, tier_sql

# The names that calls were made with stand in for those that nobody knows.
NAMED = {
    "provider": "coalesce(provider_id, provider)",
    "model": "coalesce(model_id, model)",
    "tier": tier_sql("tier"),
    "failed": failed_sql("status"),
    "retry": "coalesce(is_retry, false)",
}
GRAIN = {"rollup_hour": ("hour", HOURLY_SUBJECTS), "rollup_tenant_day": ("day", tuple(SUBJECTS))}


def rollup(table: str, events: str) -> str:
    """The rows of a rollup of the relation `events`, as a query without the id of its derivation."""
    step, subjects = GRAIN[table]
    keys = [*KEYS, *subjects]
    moment = f"date_trunc('{step}', time) AS {step}"
    named = ", ".join(f"{NAMED.get(k, quoted(k))} AS {quoted(k)}" for k in keys)
    sums = ", ".join(f"sum({c}) AS {c}" for c in (*SUMS, "list_cost", "cost", "stated_cost"))
    # Days that are told in one order are added up faster: the groups of each lie as those of the one before.
    order = ", ".join(dict.fromkeys((step, "model", *subjects, *KEYS)))
    return (
        f"SELECT {moment}, {named}, x_DeliveryId, count(*) AS events, sum(coalesce(requests, 1)) AS requests, {sums} "
        f"FROM {events} WHERE counted GROUP BY ALL ORDER BY {order}"
    )
