"""What the applicant's pages show of one draft: pages with their progress, remarks at their places, choices, sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.countries import country_choices
from core.errors import NotVisible, Obstacle
from programs.clauses.partners import FileNaming
from programs.dossier import Dossier, DraftProblem
from programs.findings import Finding, Severity, Stage
from programs.language import pick
from programs.policy import Policy
from programs.queries import effective_policy
from proposals.enums import Extent, ProposalState, WaiverState
from proposals.extents import may_change
from proposals.forms.completing import completed
from proposals.forms.fields import Field, where
from proposals.forms.pages import REASONS, Page, page_for, pages_of, reasons_page
from proposals.forms.progress import Progress
from proposals.forms.reading import value_in
from proposals.forms.showing import Choices, Option, Remark, ShownBlock, Tone, place, show
from proposals.forms.sums import Sums
from proposals.models import Endorsement, PreliminaryCheck, Proposal, Waiver
from proposals.queries import access_of, attachments_of, draft_dossier, findings, office_comments
from proposals.queries.chain import returned_title
from proposals.queries.checks import Defect, defects_of, last_return
from proposals.queries.partners import Standing, confirmed_in_words, standings
from proposals.queries.waivers import waivers_of

# Conditions that are open because something isn't there yet, however much else is: no mistake, a thing still to do.
_UNFINISHED = {
    "partner_count",
    "foreign_partner_count",
    "partner_attachment",
    "activity_count",
    "consortium_members",
    "outside_partner_count",
}


def get_writable(user: User, pk: int, *, any_state: bool = False) -> Proposal:
    """The draft, if `user` may write all of it now. Raises NotVisible for others and once it is handed in."""
    return open_desk(user, pk, Extent.EDIT, any_state=any_state).proposal


def open_desk(user: User, pk: int, *extents: Extent, any_state: bool = False, stage: Stage = Stage.DRAFT) -> "Desk":
    """The draft as far as `user` may read and write it, if that is one of `extents`; without any, however far.

    Raises NotVisible for others and, unless `any_state`, once it is handed in."""
    access = access_of(user, pk)
    if access.extent is None or access.extent not in (extents or Extent):
        raise NotVisible
    if not any_state and access.proposal.state != ProposalState.DRAFT:
        raise NotVisible
    return Desk(access.proposal, stage, access.extent)


@dataclass
class Desk:
    """One draft, judged once; `extent` is how far whoever sits at it may change it."""

    proposal: Proposal
    stage: Stage = Stage.DRAFT
    extent: Extent = Extent.EDIT

    @property
    def writes_all(self) -> bool:
        """Whether they may write everything, files and partners' links included."""
        return self.extent == Extent.EDIT

    @property
    def writes(self) -> bool:
        """Whether they may write at least the budget."""
        return self.extent != Extent.READ

    def is_open(self, page: Page) -> bool:
        """Whether they may write anything on the page."""
        return any(may_change(self.extent, block.path, self.policy) for block in page.blocks)

    @cached_property
    def policy(self) -> Policy:
        """What governs it."""
        return effective_policy(self.proposal.call)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The form."""
        return pages_of(self.policy)

    @cached_property
    def _read(self) -> tuple[Dossier, list[DraftProblem]]:
        return draft_dossier(self.proposal)

    @property
    def dossier(self) -> Dossier:
        """The draft as far as it can be understood."""
        return self._read[0]

    @property
    def problems(self) -> list[DraftProblem]:
        """What couldn't."""
        return self._read[1]

    @cached_property
    def findings(self) -> list[Finding | Obstacle]:
        """Unmet conditions, blocking ones first."""
        return findings(self.proposal, self.stage, self.dossier)

    @cached_property
    def returned(self) -> Endorsement | None:
        """The office's comments, while they are to be answered."""
        return office_comments(self.proposal)

    @cached_property
    def returned_title(self) -> str:
        """Who returned it."""
        return returned_title(self.proposal, self.returned) if self.returned else ""

    @cached_property
    def defects(self) -> PreliminaryCheck | None:
        """What the secretariat returned it for, while it is corrected (A20)."""
        return last_return(self.proposal)

    @property
    def defect_rows(self) -> list[Defect]:
        """The same, one by one, with their articles."""
        return defects_of(self.defects, self.policy) if self.defects else []

    @cached_property
    def data(self) -> dict[str, Any]:
        """The draft as typed, with its files as rows."""
        files = [{"key": row.key, "kind": row.kind} for row in self.dossier.attachments]
        return {**self.proposal.draft, "attachments": files}

    def page(self, key: str) -> Page:
        """The page of that key. Raises NotVisible."""
        if key == REASONS:
            return reasons_page()
        page = next((page for page in self.pages if page.key == key), None)
        if page is None:
            raise NotVisible
        return page

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """The pages before and after."""
        place_ = next((n for n, one in enumerate(self.pages) if one.key == page.key), None)
        if place_ is None:
            return None, None
        before = self.pages[place_ - 1] if place_ else None
        return before, self.pages[place_ + 1] if place_ + 1 < len(self.pages) else None

    def url(self, page: Page | None) -> str:
        """Address of a page; without one, of the last step."""
        slug, pk = self.proposal.tenant.slug, self.proposal.pk
        if page is None or page.key == REASONS:
            return reverse("proposals:hand_in", args=[slug, pk])
        return reverse("proposals:edit_section", args=[slug, pk, page.key])

    # ------------------------------------------------------------ remarks
    @cached_property
    def remarks(self) -> list[Remark]:
        """Everything said about the draft, values that weren't understood first."""
        said = [Remark(one.path, "block", one.message, where=where(one.path)) for one in self.problems]
        refused = {one.path for one in self.problems}
        # An amount that couldn't be read is said once, where it was typed, not a second time as missing.
        said += [self._remark(one) for one in self.findings if one.field not in refused]
        return said

    def _remark(self, one: Finding | Obstacle) -> Remark:
        if not isinstance(one, Finding):
            return Remark(one.field, "block", one.message, article=one.article, who=one.who_can_clear)
        path = (
            f"attachments.for-{one.field.removeprefix('parties.')}" if one.code == "partner_attachment" else one.field
        )
        tone: Tone
        if not one.blocks:
            tone = "done"
        elif one.severity is Severity.WARN:
            tone = "warn"
        else:
            tone = "todo" if self._is_open(one) else "block"
        return Remark(
            path,
            tone,
            one.message,
            article=one.article_label,
            who=one.who_can_clear,
            ref=one.ref,
            justification=one.justification,
            **self._exception(one),
        )

    def _exception(self, one: Finding) -> dict[str, Any]:
        """Whether an exception can be asked for, was, and what came of it (一事一议)."""
        if not one.waivable or one.severity is not Severity.BLOCK:
            return {}
        asked = self._waivers.get(one.ref)
        if one.waived:
            return {"exception": _("Exception granted: %(reason)s") % {"reason": one.waiver_reason}}
        if asked is None or asked.state == WaiverState.GRANTED:  # granted for less than this
            return {"can_ask": True}
        if asked.state == WaiverState.ASKED:
            return {"exception": _("You have asked the secretariat for an exception.")}
        return {"exception": _("Exception refused: %(reason)s") % {"reason": asked.decision_reason}, "can_ask": True}

    @cached_property
    def _waivers(self) -> dict[str, Waiver]:
        return waivers_of(self.proposal)

    def _is_open(self, one: Finding) -> bool:
        """Whether nothing is there yet, as against something wrong."""
        if one.code in _UNFINISHED or (one.code == "yearly_plan" and one.field == "yearly_plan"):
            return True
        return bool(one.field) and value_in(self.data, one.field) in (None, "", False, [], {})

    @cached_property
    def comments(self) -> list[Remark]:
        """The office's comments at fields."""
        texts = self.returned.field_comments if self.returned else {}
        return [Remark(path, "comment", str(text), where=where(path)) for path, text in texts.items()]

    def commented(self) -> list[dict[str, Any]]:
        """Each comment with the name and the address of its place, in the order of the form."""
        pages = [(self.page_of(one), one) for one in self.comments]
        order = {page.key: place_ for place_, page in enumerate(self.pages)}
        return [
            {
                "label": one.where or (str(page.label) if page else ""),
                "url": f"{self.url(page)}#{one.anchor}" if page else "",
                "text": one.message,
            }
            for page, one in sorted(pages, key=lambda pair: order[pair[0].key] if pair[0] else len(order))
        ]

    def page_of(self, remark: Remark) -> Page | None:
        """Where it is put right."""
        return page_for(self.pages, remark.path)

    def progress(self, current: str = "") -> list[Progress]:
        """How far every page is."""
        counts = {page.key: {"block": 0, "todo": 0, "warn": 0, "comment": 0} for page in self.pages}
        for remark in [*self.remarks, *self.comments]:
            page = self.page_of(remark)
            if page is not None and remark.tone in counts[page.key]:
                counts[page.key][remark.tone] += 1
        rows = []
        for page in self.pages:
            count = counts[page.key]
            todo = count["todo"] or int(self._is_untouched(page))
            rows.append(
                Progress(
                    page.key,
                    str(page.label),
                    self.url(page),
                    count["block"],
                    todo,
                    count["warn"],
                    count["comment"],
                    page.key == current,
                )
            )
        return rows

    def _is_untouched(self, page: Page) -> bool:
        paths = [item.name for item in page.items] or [block.path for block in page.blocks]
        return all(value_in(self.data, path) in (None, "", False, [], {}) for path in paths)

    def groups(self) -> list[dict[str, Any]]:
        """All open remarks by page, for the one list; what isn't about the form last."""
        groups: dict[str, dict[str, Any]] = {}
        for remark in self.remarks:
            page = self.page_of(remark)
            key = page.key if page else ""
            group = groups.setdefault(
                key, {"key": key, "label": str(page.label) if page else "", "page": page, "remarks": []}
            )
            group["url"] = self.url(page) if page else ""
            group["remarks"].append(remark)
        order = [page.key for page in self.pages] + [""]
        return sorted(groups.values(), key=lambda group: order.index(group["key"]))

    def general(self) -> list[Remark]:
        """What isn't about any place of the form, such as the deadline."""
        return [remark for remark in self.remarks if self.page_of(remark) is None]

    # ------------------------------------------------------------ values and choices
    def blocks(self, page: Page, data: Mapping[str, Any] | None = None) -> list[ShownBlock]:
        """The page's blocks with values and remarks; `data` instead of the draft shows what wasn't saved."""
        shown = show(
            page,
            self.completed(page, self.proposal.draft if data is None else data),
            choose=self.options,
            required=self.policy.required_fields | {"field"},
        )
        for block in shown:
            block.names = {one.value: one.label for one in self.units()}
            block.is_locked = not may_change(self.extent, block.path, self.policy)
        place(shown, [*self.comments, *self.remarks])
        return shown

    def options(self, field: Field) -> Choices:
        """What a field lets one choose from; the same for every row of a list."""
        found = self._options.get(field.name)
        if found is None:
            found = self._options[field.name] = Choices(self.choices_of(field.name))
        return found

    @cached_property
    def _options(self) -> dict[str, Choices]:
        return {}

    def choices_of(self, name: str) -> list[Option]:
        """The same by the field's name, in the language that is active now."""
        if name == "field":
            return [Option(one.key, one.label, one.help) for one in self.policy.fields]
        if name == "category":
            return [Option(one.key, one.label) for one in self.policy.budget_categories]
        if name == "country":
            return [Option(code, label) for code, label in country_choices()]
        if name == "year":
            return [Option(str(year), str(year)) for year in self.dossier.years]
        if name == "party_key":
            return self.units()
        question = next((one for one in self.policy.questions if f"answers.{one.key}" == name), None)
        return [Option(one.key, one.label, one.help) for one in question.choices] if question else []

    def options_by_name(self) -> dict[str, Choices]:
        """Choices of the budget grid, for pasted words."""
        return {name: self.options(Field(name)) for name in ("category", "year", "party_key")}

    def units(self) -> list[Option]:
        """The lead institution and the partners."""
        units = [("lead", *self.dossier.party_name("lead"))]
        units += [(party.key, *self.dossier.party_name(party.key)) for party in self.dossier.parties]
        return [Option(key, pick(zh, en)) for key, zh, en in units]

    def completed(self, page: Page, data: Mapping[str, Any]) -> dict[str, Any]:
        """The draft with the rows that its term, partners and warnings ask for."""
        return completed(page, data, self.dossier, self.findings)

    @cached_property
    def year_names(self) -> list[str]:
        """The years of the term, as texts."""
        return [str(year) for year in self.dossier.years]

    @property
    def term_url(self) -> str:
        """Where the first and the last day are."""
        page = next((page for page in self.pages if page.holds("start_date")), None)
        return f"{self.url(page)}#field-start_date"

    @cached_property
    def warnings(self) -> dict[str, Remark]:
        """Exceptions to be justified, or justified already, by `Finding.ref`."""
        return {one.ref: one for one in self.remarks if one.ref and one.tone in ("warn", "done")}

    @property
    def counts(self) -> str:
        """How much is open, in words."""
        wrong, todo = (sum(1 for one in self.remarks if one.tone in tones) for tones in (("block", "warn"), ("todo",)))
        words = []
        if wrong:
            words.append(ngettext("%(n)d to correct", "%(n)d to correct", wrong) % {"n": wrong})
        if todo:
            words.append(ngettext("%(n)d to fill in", "%(n)d to fill in", todo) % {"n": todo})
        return " · ".join(words)

    @property
    def is_clear(self) -> bool:
        """Whether it can be handed in."""
        return all(one.tone == "done" for one in self.remarks)

    @cached_property
    def sums(self) -> Sums:
        """The money added up."""
        return Sums(self.dossier, self.policy)

    @cached_property
    def members(self) -> frozenset[str]:
        """Keys of the partners that are members of the alliance: encouraged, shown and counted (B2.2)."""
        return frozenset(party.key for party in self.dossier.parties if party.is_anso_member)

    # ------------------------------------------------------------ partners
    @cached_property
    def standings(self) -> dict[str, Standing]:
        """How far each partner is with confirming its part, by key."""
        return standings(self.proposal, self.dossier)

    @property
    def confirmed(self) -> str:
        """How many partners have confirmed, in words; empty while none was asked."""
        return confirmed_in_words(self.standings)

    # ------------------------------------------------------------ files
    @property
    def kind_names(self) -> dict[str, str]:
        """What the kinds of file are called."""
        return {one.file.key: one.file.label for one in self.policy.attachment_kinds}

    @cached_property
    def file_name(self) -> str:
        """The name that files must carry, without extension (B6); empty when any will do."""
        naming = self.policy.clauses_of(FileNaming)
        return naming[-1].expected(self.dossier) if naming else ""

    def must_be_named(self, kind: str) -> bool:
        """Whether files of this kind have a prescribed name."""
        return any(kind in clause.file_kinds for clause in self.policy.clauses_of(FileNaming))

    @cached_property
    def files(self) -> list[Any]:
        """The draft's attachments."""
        return list(attachments_of(self.proposal))
