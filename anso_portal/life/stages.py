"""The stages of a life, in order, and how one application is led through them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import Tenant, User
from anso_portal.life.midway import evaluate_midway
from anso_portal.life.panels import review_around_panel
from anso_portal.life.schedule import Schedule
from anso_portal.life.together import deliver, plan_and_approve
from anso_portal.life.walk import Walk
from anso_portal.life.world import World, funder_of, make_pool, make_world, name_endorsers
from audit.queries import broken_links
from core import clock
from core.tenancy import tenant_scope
from documents.models import Document
from documents.queries import bytes_of, current_revision
from programs.actions import open_call, publish_call
from programs.models import Call
from programs.policy import builtin_names, builtin_text, load_builtin

STAGES = (
    "drafted",
    "endorsed",
    "checked",
    "reviewed",
    "approved",
    "booked",
    "signed",
    "midterm",
    "accepted",
    "closed",
)
Say = Callable[[str, str], None]


def live(policy: str, *, until: str = STAGES[-1], out: Path | None = None, say: Say) -> Walk:
    """Walk one application of the call `policy` (or of the newest call of that programme) up to `until`.

    Writes its documents to `out`. Raises LookupError for an unknown policy; whatever an action refuses goes up."""
    name = _call_of(policy)
    opened_at = _opens_at(name)
    with clock.at(opened_at - timedelta(days=30)):
        world = make_world()
        tenant = funder_of(world, name.partition("/")[0])
        make_pool(world, tenant)
        if tenant != world.anso:
            name_endorsers(world, tenant)
    call = _publish(name, tenant, world.people["secretary" if tenant == world.anso else f"{tenant.slug}-secretary"])
    say("call", f"{call.title_en}: published, {call.opens_at:%Y-%m-%d} to {call.closes_at:%Y-%m-%d %H:%M} UTC")
    walk = _walk_for(world, call)
    for stage in STAGES[: STAGES.index(until) + 1]:
        walk.say = lambda line, stage=stage: say(stage, line)  # type: ignore[misc] # a default binds the loop's value
        _STEPS[stage](walk)
        delivered = deliver(walk, clock.now() if stage == "closed" else walk.schedule.at("sign"))
        say(stage, f"  outbox: {delivered} effects carried out")
    _check_chain(tenant, say)
    if out is not None:
        _write_documents(tenant, out, say)
    return walk


def _drafted(walk: Walk) -> None:
    walk.draft()


def _endorsed(walk: Walk) -> None:
    walk.hand_in()
    walk.send_back_once()
    walk.endorse()


def _checked(walk: Walk) -> None:
    walk.check()


def _reviewed(walk: Walk) -> None:
    review_around_panel(walk)


def _approved(walk: Walk) -> None:
    plan_and_approve([walk])


def _booked(walk: Walk) -> None:
    walk.write_book()
    walk.revise_book()


def _signed(walk: Walk) -> None:
    walk.sign()


def _midterm(walk: Walk) -> None:
    evaluate_midway(walk)


def _accepted(walk: Walk) -> None:
    walk.notify_of_acceptance()
    walk.file_opinions()


def _closed(walk: Walk) -> None:
    walk.conclude()
    walk.say(f"  project {walk.project.grant_number}: {walk.project.state}")


_STEPS: dict[str, Callable[[Walk], None]] = {
    "drafted": _drafted,
    "endorsed": _endorsed,
    "checked": _checked,
    "reviewed": _reviewed,
    "approved": _approved,
    "booked": _booked,
    "signed": _signed,
    "midterm": _midterm,
    "accepted": _accepted,
    "closed": _closed,
}


def _call_of(policy: str) -> str:
    names = sorted(builtin_names())
    if policy in names and "/calls/" in policy:
        return policy
    calls = [name for name in names if "/calls/" in name and _programme_of(name) == policy]
    if not calls:
        raise LookupError(f"there is no policy {policy!r} with a call; there are: {', '.join(names)}")
    return calls[-1]


def _programme_of(name: str) -> str:
    policy = load_builtin(name)
    return f"{policy.tenant}/{policy.programme}"


def _opens_at(name: str) -> Any:
    terms = load_builtin(name).call
    if terms is None:
        raise LookupError(f"{name} is not a call")
    return terms.opens_at


def _publish(name: str, tenant: Tenant, secretary: User) -> Call:
    with clock.at(_opens_at(name)), tenant_scope(tenant):
        call = open_call(tenant=tenant, source=builtin_text(name), by=secretary)
        return publish_call(call=call, by=secretary)


def _walk_for(world: World, call: Call) -> Walk:
    return Walk(
        world=world,
        call=call,
        number=0,
        pi=world.people["pi"],
        lead=world.institutions["cas1"],
        # Endorsed on the plan's 27th day: a call that is open for less squeezes the plan.
        schedule=Schedule(call.opens_at, min(timedelta(days=1), (call.closes_at - call.opens_at) / 30)),
    )


def _check_chain(tenant: Tenant, say: Say) -> None:
    with tenant_scope(tenant):
        defects = list(broken_links())
    if defects:
        raise RuntimeError(f"the audit chain is broken: {defects}")
    say("audit", "the chain is whole")


def _write_documents(tenant: Tenant, out: Path, say: Say) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tenant_scope(tenant):
        for document in Document.objects.order_by("pk"):
            path = out / f"{document.pk:02d}-{document.kind}-{document.code}.pdf"
            path.write_bytes(bytes_of(current_revision(document).file))
            say("document", str(path))
