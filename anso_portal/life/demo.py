"""The demo's content: an earlier call whose projects have run their term, one whose projects are halfway, and this
year's call with its dates moved.

Everything is made by the real actions, at the times of a plausible story; nothing is written past them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from acceptance.enums import Outcome
from accounts.models import Institution, User
from anso_portal.life.guide import make_guide
from anso_portal.life.newcomers import make_newcomers
from anso_portal.life.schedule import Schedule
from anso_portal.life.together import deliver, hand_in_plan, plan_and_approve
from anso_portal.life.walk import Walk
from anso_portal.life.world import World, make_pi, make_pool, make_world, name_endorsers
from core import clock
from core.tenancy import tenant_scope
from programs.actions import open_call, publish_call
from programs.models import Call
from programs.policy import builtin_text
from projects.midterm.actions import draw_sample
from proposals import actions as proposal_actions
from proposals.actions.appealing import file_appeal
from proposals.enums import CheckDecision

JOINT_RESEARCH = "anso/calls/2021-joint-research"
INTERGOVERNMENTAL = "most/calls/2021-intergovernmental"
# The call is open for 46 days; the visitor comes on its 30th, when all this has happened.
VISIT_AFTER = timedelta(days=30)
HALFWAY_AFTER = timedelta(days=850)
REVIEWS_DUE_IN = timedelta(days=8)
FUNDED, IN_FIRST_PLAN, IN_SECOND_PLAN = 27, 29, 2
Act = Callable[["Story"], object]
Progress = Callable[[int, int, str], None]


def load(progress: Progress) -> World:
    """Make the whole demo; `progress(done, total, what)` is called after each application."""
    steps = list(_story())
    with clock.at(datetime.fromisoformat("2021-05-01T10:00+08:00")):
        world = make_world()
        make_pool(world)
        name_endorsers(world, world.most, ["recommender"])
    story = Story(world)
    for done, (what, act) in enumerate(steps, start=1):
        act(story)
        progress(done, len(steps), what)
    make_newcomers(world)
    return world


class Story:
    """What has been made so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        self.waiting: list[Walk] = []
        self.earlier = self._earlier_call()
        self.halfway = self._halfway_call()
        make_guide(world, clock.today(world.anso.zone) - VISIT_AFTER)
        self.current = self._current_call()
        self._most_call()

    # ------------------------------------------------------------ calls
    def _earlier_call(self) -> Call:
        """The same call under another name, at the notice's own dates: its projects' term is over today."""
        source = _renamed("first", "首批", "first round", "JRF")
        return self._call(source, "secretary", at=datetime.fromisoformat("2021-06-14T10:00+08:00"))

    def _halfway_call(self) -> Call:
        """The same once more, some years ago: its projects are in the middle of their term today."""
        source = _renamed("second", "第二批", "second round", "JRS")
        return self._call(source, "secretary", at=clock.now() - HALFWAY_AFTER, shift=True)

    def _current_call(self) -> Call:
        opens = clock.now() - VISIT_AFTER
        return self._call(builtin_text(JOINT_RESEARCH), "secretary", at=opens, shift=True)

    def _most_call(self) -> Call:
        opens = clock.now() - VISIT_AFTER
        return self._call(builtin_text(INTERGOVERNMENTAL), "most-secretary", at=opens, shift=True)

    def _call(self, source: str, secretary: str, *, at: datetime, shift: bool = False) -> Call:
        by = self.world.people[secretary]
        tenant = self.world.most if secretary.startswith("most") else self.world.anso
        with clock.at(at), tenant_scope(tenant):
            day = clock.today(tenant.zone) if shift else None
            call = open_call(tenant=tenant, source=source, by=by, shift_to=day)
            return publish_call(call=call, by=by)

    # ------------------------------------------------------------ walks
    def walk(self, call: Call, *, pi: User | None = None, where: str = "") -> Walk:
        """The next application of a call, by the next PI, who works at `where` if given."""
        self.count += 1
        pi = pi or make_pi(self.world, self.count, where=where)
        lead: Institution = pi.affiliations.get().institution
        full = call in (self.earlier, self.halfway)
        # The visitor's call is squeezed: all of PLAN's 130 days lie in the 30 before the visit.
        day = timedelta(days=1) if full else VISIT_AFTER / 140
        return Walk(self.world, call, self.count, pi, lead, Schedule(call.opens_at, day))

    def drafted(self, walk: Walk) -> Walk:
        walk.draft()
        return walk

    def received(self, walk: Walk) -> Walk:
        walk.draft()
        walk.hand_in()
        if walk.number % 4 == 0:
            walk.send_back_once()
        walk.endorse()
        return walk

    def checked(self, walk: Walk) -> Walk:
        self.received(walk).check()
        return walk

    def reviewed(self, walk: Walk) -> Walk:
        self.checked(walk)
        walk.review(walk.assign())
        return walk


def _renamed(slug: str, zh: str, en: str, letters: str) -> str:
    """The call's text under another name, its numbers with other letters."""
    source = builtin_text(JOINT_RESEARCH)
    for old, new in (
        ('slug = "2021-joint-research"', f'slug = "2021-joint-research-{slug}"'),
        ("ANSO 2021 年度联合研究合作专项", f"ANSO 2021 年度联合研究合作专项（{zh}，演示）"),
        ("ANSO Joint Research 2021", f"ANSO Joint Research 2021, {en} (demonstration)"),
        ("ANSO-2021-JR-", f"ANSO-2021-{letters}-"),
        ("ANSO-JR-2021-", f"ANSO-{letters}-2021-"),
    ):
        source = source.replace(old, new)
    return source


def _story() -> Iterator[tuple[str, Act]]:
    """What happens, application by application."""
    yield from [("earlier call: accepted and closed", _closed)] * 2
    yield "earlier call: not accepted", partial(_closed, outcome=Outcome.FAIL)
    yield "earlier call: opinions filed", _opinions_filed
    yield "earlier call: acceptance due", _established
    yield "earlier call: opinions awaited from office@", _opinions_awaited
    yield from [("halfway: running, of office@", _running)] * 3
    yield "halfway: one of them drawn for the mid-term", _drawn
    yield "draft of pi@", _own_draft
    yield from [("draft", _drafted)] * 2
    yield "with office@", partial(_with_institution, where="cas1")
    yield from [("with the institution", _with_institution)] * 2
    yield from [("received", _received)] * 3
    yield from [("checked", _checked)] * 2
    yield "invalid", _invalid
    yield "withdrawn", _withdrawn
    for accepted, done in (((), ()), ((0, 3), (1, 2)), ((), (0, 1, 2)), ((), (0, 1, 2, 3, 4))):
        yield "under review", partial(_under_review, accepted=accepted, done=done)
    yield from [("reviewed", _reviewed)] * (IN_FIRST_PLAN + IN_SECOND_PLAN)
    yield "funding plan before the director", _second_plan
    yield "funding plan approved", _first_plan
    for number in range(FUNDED):
        yield "task book", partial(_contract, number=number)
    yield "mail and reminders", _deliver


def _own_draft(story: Story) -> None:
    story.drafted(story.walk(story.current, pi=story.world.people["pi"]))


def _drafted(story: Story) -> None:
    story.drafted(story.walk(story.current))


def _with_institution(story: Story, where: str = "") -> None:
    story.drafted(story.walk(story.current, where=where)).hand_in()


def _received(story: Story) -> None:
    story.received(story.walk(story.current))


def _checked(story: Story) -> None:
    story.checked(story.walk(story.current))


def _reviewed(story: Story) -> None:
    story.waiting.append(story.reviewed(story.walk(story.current)))


def _closed(story: Story, outcome: str = Outcome.PASS) -> None:
    _established(story).accept_and_close(outcome)


def _opinions_filed(story: Story) -> None:
    walk = _established(story)
    walk.notify_of_acceptance()
    walk.file_opinions()


def _opinions_awaited(story: Story) -> None:
    _established(story, where="cas1").notify_of_acceptance(at=clock.now() - timedelta(days=20))


def _running(story: Story) -> None:
    _established(story, where="cas1", call=story.halfway)


def _drawn(story: Story) -> None:
    with clock.at(clock.now() - timedelta(days=20)), tenant_scope(story.world.anso):
        draw_sample(call=story.halfway, number=1, by=story.world.people["secretary"])


def _established(story: Story, where: str = "", call: Call | None = None) -> Walk:
    walk = story.reviewed(story.walk(call or story.earlier, where=where))
    plan_and_approve([walk])
    walk.write_book()
    walk.revise_book()
    walk.sign()
    return walk


def _invalid(story: Story) -> None:
    walk = story.received(story.walk(story.current))
    walk.check(CheckDecision.INVALID, "外方合作证明材料与所列合作单位不符（征集通知第二部分第 3 项）。", "B2.3")
    with walk.on("check", walk.pi, "appealed against it"):
        file_appeal(proposal=walk.proposal, by=walk.pi, reason="该合作单位去年更名，两个名称为同一单位。")


def _withdrawn(story: Story) -> None:
    walk = story.received(story.walk(story.current))
    with walk.on("check", walk.pi, "withdrawn"):
        proposal_actions.withdraw(proposal=walk.proposal, by=walk.pi, reason="合作方计划有变。")


def _under_review(story: Story, accepted: tuple[int, ...], done: tuple[int, ...]) -> None:
    """Invitations to reviewer1… and expert1…, due after the visit; some accepted, some reviews done, by place."""
    walk = story.checked(story.walk(story.current))
    zone = story.current.tenant.zone
    rows = walk.assign(first=0, due_at=clock.end_of_day(clock.today(zone) + REVIEWS_DUE_IN, zone))
    for place in accepted:
        walk.accept_review(rows[place])
    walk.review([rows[place] for place in done])


def _second_plan(story: Story) -> None:
    hand_in_plan(story.waiting[IN_FIRST_PLAN:])


def _first_plan(story: Story) -> None:
    first = story.waiting[:IN_FIRST_PLAN]
    plan_and_approve(first, funded=lambda walk: walk in first[:FUNDED])


def _contract(story: Story, number: int) -> None:
    """20 books wait for the secretariat, three for the host, one is signed, one under review, two are to be written."""
    walk = story.waiting[number]
    if number >= 25:
        return
    walk.write_book()
    if number == 24:
        return
    walk.revise_book()
    walk.sign(2 if number < 20 else 3 if number < 23 else None)


def _deliver(story: Story) -> None:
    deliver(story.waiting[0], clock.now())
