"""Who reaches what: one row for each URL, or for each thing that a URL may show. The matrix tries every cell.

`get` and `post` name who gets in (HEAD goes with GET); everybody else is told that there is no such page. `others` are
methods beside these. `ids` says which thing of tests/anso_portal/world.py each part of the address names."""

from dataclasses import dataclass, field

NOBODY = "anonymous"
STAFF = "secretary finance director admin"
ANSO = f"pi charlie office sibling_office recommender {STAFF} host reviewer1 reviewer4 conflicted expert1 strategist"
ABROAD = "mo mo_director"
SIGNED_IN = f"{ANSO} {ABROAD}"
EVERYONE = f"{NOBODY} {SIGNED_IN}"
ROLES = EVERYONE.split()
EXPERTS = "reviewer1 reviewer4 conflicted expert1"
PARTIES = "pi office"
SIGNERS = "secretary host director"
OFFICES = "office sibling_office recommender host"


@dataclass(frozen=True)
class Row:
    """One address with one thing, and who gets in by which method; None: nobody, the method is not offered (405)."""

    name: str
    ids: dict[str, str] = field(default_factory=dict)
    get: str | None = None
    post: str | None = None
    others: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)
    # Children of another thing in place of the own one: nobody may reach them by this address.
    strangers: dict[str, str] = field(default_factory=dict)
    # What a POST needs to name; a value in braces is the id of a thing.
    data: dict[str, str] = field(default_factory=dict)
    # GET answers with a redirect; or those of these roles are sent on to the thing's own page, since they are done.
    leads_on: bool = False
    sent_on: str = ""

    def who(self, method: str) -> frozenset[str] | None:
        """The roles that get in by the method; None where it is not offered."""
        names = {"GET": self.get, "HEAD": self.get, "POST": self.post}.get(method, self.others.get(method))
        return None if names is None else frozenset(names.split())


def at(name: str, pk: str, *, key: str = "pk", **more: object) -> Row:
    """A row whose address names one thing."""
    return Row(name, ids={key: pk}, **more)  # type: ignore[arg-type]


OWN = f"{PARTIES} {STAFF}"  # the applicants' side and the funder's staff
READERS = f"{OWN} reviewer1 expert1"

ROWS = [
    # anso_portal
    Row("home", get=SIGNED_IN),
    Row("front", get=EVERYONE, leads_on=True),
    Row("healthz", get=EVERYONE),
    Row("styleguide", get=EVERYONE),
    Row("demo_clock", get="", post=""),  # in the demo only
    # accounts
    Row("login", get=EVERYONE, post=EVERYONE),
    Row("logout", post=SIGNED_IN),
    Row("set_language", post=EVERYONE),
    Row("resume", get=SIGNED_IN, post=SIGNED_IN, leads_on=True),
    Row("brand_css", get=EVERYONE),
    Row("funder_settings", get="admin", post="admin"),
    # registry
    Row("register_anywhere", get=EVERYONE),
    Row("profile_anywhere", get=SIGNED_IN, leads_on=True),
    Row("registry:register", get=EVERYONE, post=EVERYONE),
    Row("registry:register_sent", get=EVERYONE),
    Row("registry:confirm", fixed={"token": "1.x"}, get=EVERYONE, post=EVERYONE),  # nobody signed it, for all
    Row("registry:profile", get=SIGNED_IN, post=SIGNED_IN),
    Row("registry:institutions", get="secretary admin"),
    Row("registry:institution_new", get=SIGNED_IN, post=SIGNED_IN),
    at("registry:institution_request", "institution_request", get="secretary admin", post="secretary admin"),
    at("registry:institution_proof", "institution_request", get="secretary admin"),
    Row("registry:colleagues", get=OFFICES),
    at("registry:colleague", "place", get="office", post="office"),
    at("registry:place_request", "place_request", get="office", post="office"),
    at("registry:place_request", "officeless_request", get="admin", post="admin"),
    Row("registry:people", get="admin"),
    Row("registry:person_new", get="admin", post="admin"),
    at("registry:person", "member", get="admin", post="admin"),
    at("registry:person", "other_member", get="", post=""),  # with another funder
    # credentials
    Row("password_forgotten", get=EVERYONE, post=EVERYONE),
    Row("password_forgotten_sent", get=EVERYONE),
    Row("password_link", fixed={"uidb64": "MQ", "token": "x-y"}, get=EVERYONE, post=EVERYONE),  # holds no longer, for all
    Row("password_change", get=SIGNED_IN, post=SIGNED_IN),
    Row("password_change_done", get=SIGNED_IN),
    # documents: public by design, a code is what is printed on the paper
    Row("verify", get=EVERYONE),
    Row("verify", ids={"code": "code"}, get=EVERYONE, post=EVERYONE),
    Row("verify_short", ids={"code": "code"}, get=EVERYONE, leads_on=True),
    # notifications
    Row("notifications:inbox", get=SIGNED_IN, post=SIGNED_IN),
    # programs
    Row("programs:call_list", get=EVERYONE),
    Row("programs:call_new", get="secretary", post="secretary"),
    at("programs:call", "call", get=EVERYONE),
    at("programs:call", "drafting_call", get=STAFF),
    at("programs:publish", "drafting_call", post="secretary"),
    at("programs:extend", "call", get="secretary", post="secretary"),
    at("programs:extend", "drafting_call", get="", post=""),
    at("programs:call", "targeted_call", get=f"pi office conflicted {STAFF}"),  # those of the invited institution
    at("programs:invited", "targeted_call", get="secretary", post="secretary"),
    at("programs:invited", "call", get="", post=""),
    Row("programs:guide_list", get=EVERYONE),
    Row("programs:guide_new", get="secretary", post="secretary"),
    at("programs:guide", "published_guide", get=EVERYONE),
    at("programs:guide", "drafted_guide", get=STAFF),
    at("programs:guide", "consulted_guide", get=f"{STAFF} strategist"),
    at("programs:guide", "submitted_guide", get=STAFF),
    at("programs:guide_calendar", "published_guide", get=EVERYONE),
    at("programs:guide_calendar", "drafted_guide", get=""),
    at("programs:guide_edit", "drafted_guide", get="secretary", post="secretary"),
    at("programs:guide_edit", "published_guide", get="", post=""),
    at("programs:guide_consult", "drafted_guide", get="secretary", post="secretary"),
    at("programs:guide_comment", "consulted_guide", post="strategist", data={"part": "whole", "text": "Good."}),
    at("programs:guide_comment", "drafted_guide", post=""),
    at("programs:guide_comment", "published_guide", post=""),
    at("programs:guide_resume", "consulted_guide", post="secretary"),
    at("programs:guide_submit", "drafted_guide", post="secretary"),
    at("programs:guide_decide", "submitted_guide", post="director"),
    at("programs:guide_publish", "drafted_guide", post="secretary"),
    at("programs:guide_correct", "published_guide", get="secretary", post="secretary"),
    at("programs:guide_correct", "drafted_guide", get="", post=""),
    at("programs:guide_withdraw", "published_guide", get="secretary", post="secretary"),
    at("programs:guide_drop", "drafted_guide", post="secretary"),
    # the pool of candidate projects: the secretariat keeps it, the director reads it
    Row("programs:pool", get="secretary director"),
    Row("programs:pool_export", get="secretary director"),
    Row("programs:candidate_new", get="secretary", post="secretary"),
    Row("programs:candidate_import", get="secretary", post="secretary"),
    Row("programs:pool_draw", post="secretary"),
    at("programs:candidate", "candidate", get="secretary director"),
    at("programs:candidate_edit", "candidate", get="secretary", post="secretary"),
    at("programs:candidate_close", "candidate", post="secretary"),
    Row("programs:studio", get="admin"),
    Row("programs:studio_new", fixed={"kind": "programme"}, get="admin", post="admin"),
    Row("programs:studio_new", fixed={"kind": "call"}, get="admin", post="admin"),
    at("programs:studio_edit", "programme", post="admin"),
    at("programs:studio_version", "policy_version", get="admin"),
    at("programs:studio_draft", "policy_draft", get="admin", post="admin"),
    Row("programs:studio_part", ids={"pk": "policy_draft"}, fixed={"place": "clauses/0"}, get="admin", post="admin"),
    Row("programs:studio_part", ids={"pk": "policy_draft"}, fixed={"place": "clauses"}, get="admin", post="admin"),
    at("programs:studio_rows", "policy_draft", post="admin"),
    at("programs:studio_text", "policy_draft", get="admin", post="admin"),
    at("programs:studio_changes", "policy_draft", get="admin"),
    at("programs:studio_rebase", "policy_draft", post="admin"),
    at("programs:studio_try", "policy_draft", get="admin", post="admin"),
    at("programs:studio_publish", "policy_draft", get="admin", post="admin"),
    at("programs:studio_discard", "policy_draft", post="admin"),
    # proposals: a draft is the PI's alone, one handed in also its office's, a received one the staff's and readers' too
    Row("proposals:list", get=SIGNED_IN),
    Row("proposals:export", get=SIGNED_IN),
    at("proposals:new", "call", key="call_pk", get=SIGNED_IN, post=SIGNED_IN),
    at("proposals:new", "targeted_call", key="call_pk", get=f"pi office conflicted {STAFF}", post=f"pi office conflicted {STAFF}"),
    at("proposals:detail", "draft", get="pi"),
    at("proposals:detail", "handed_in", get=PARTIES),
    at("proposals:detail", "received", get=OWN),
    at("proposals:detail", "checked", get=OWN),
    at("proposals:detail", "reviewing", get=READERS),
    at("proposals:edit", "draft", get="pi", leads_on=True),
    Row("proposals:edit_section", ids={"pk": "draft"}, fixed={"section": "budget"}, get="pi", post="pi"),
    Row("proposals:find_partner", ids={"pk": "draft"}, fixed={"key": "p1"}, get="pi", post="pi", data={"pk": "{partner}"}),
    at("proposals:autosave", "draft", others={"PUT": "pi", "PATCH": "pi"}),
    Row("proposals:presence", ids={"pk": "draft"}, fixed={"section": "budget"}, get="pi"),
    at("proposals:preview_pdf", "draft", get="pi"),
    *(
        row
        for name in ("blank_word", "blank_excel")
        for row in (
            at(f"proposals:{name}", "call", key="call_pk", get=EVERYONE),
            at(f"proposals:{name}", "drafting_call", key="call_pk", get=STAFF),
            at(f"proposals:{name}", "targeted_call", key="call_pk", get=f"pi office conflicted {STAFF}"),
        )
    ),
    *(at(f"proposals:{name}", "draft", get="pi") for name in ("office", "office_word", "office_excel")),
    *(at(f"proposals:{name}", "handed_in", get="") for name in ("office", "office_word", "office_excel")),
    *(at(f"proposals:{name}", "draft", post="pi") for name in ("office_read", "office_take")),
    at("proposals:attach", "draft", post="pi"),
    Row("proposals:detach", ids={"pk": "draft", "attachment_pk": "draft_file"}, post="pi", strangers={"attachment_pk": "received_file"}),
    at("proposals:people", "draft", get="pi", post="pi"),
    Row("proposals:set_extent", ids={"pk": "draft", "user_pk": "writer"}, post="pi", data={"extent": "co_read"}, strangers={"user_pk": "other_writer"}),
    Row("proposals:remove_writer", ids={"pk": "draft", "user_pk": "writer"}, post="pi", strangers={"user_pk": "other_writer"}),
    Row("proposals:end_invitation", ids={"pk": "draft", "invitation_pk": "asked"}, post="pi", strangers={"invitation_pk": "asked_elsewhere"}),
    at("proposals:invitation", "asked", get="charlie", post="charlie", data={"then": "accept"}),
    at("proposals:partners", "draft", get="pi", post="pi"),
    Row("proposals:revoke_partner_link", ids={"pk": "draft", "link_pk": "partner_link"}, post="pi", strangers={"link_pk": "other_partner_link"}),
    # whoever has a partner's link, signed in or not; made up or dead, it is not there for anybody
    at("proposals:partner", "partner_token", key="token", get=EVERYONE, post=EVERYONE),
    at("proposals:partner", "dead_token", key="token", get="", post=""),
    at("proposals:partner_confirm", "partner_token", key="token", get=EVERYONE, post=EVERYONE),
    at("proposals:partner_attach", "partner_token", key="token", post=EVERYONE),
    Row("proposals:partner_file", ids={"token": "partner_token", "attachment_pk": "partner_file"}, get=EVERYONE, post=EVERYONE),
    Row("proposals:partner_file", ids={"token": "partner_token", "attachment_pk": "draft_file"}, get="", post=""),
    at("proposals:ask_waiver", "draft", get="pi", post="pi", leads_on=True),
    Row("proposals:waivers", get="secretary"),
    at("proposals:waiver", "waiver", get="secretary", post="secretary"),
    at("proposals:hand_in", "draft", get="pi", post="pi"),
    at("proposals:endorse", "handed_in", get="office", post="office"),
    at("proposals:endorse", "draft", get="", post=""),
    # the endorsement chain: a further institution's office has what reached it, its own and nobody else's
    at("proposals:detail", "passed_on", get=f"{PARTIES} recommender"),
    at("proposals:detail", "recommended", get=f"{OWN} recommender"),
    at("proposals:endorse", "passed_on", get="office recommender", post="office recommender", data={"step": "recommender"}, sent_on="office"),
    Row("proposals:attachment", ids={"pk": "passed_on", "attachment_pk": "passed_on_file"}, get=f"{PARTIES} recommender", strangers={"attachment_pk": "draft_file"}),
    at("proposals:compare", "passed_on", get=f"{PARTIES} recommender"),
    Row("proposals:to_endorse", get=OFFICES, post=OFFICES),
    at("proposals:endorsement_batch", "endorsement_batch", get="office"),
    Row("proposals:summaries", get=OFFICES, post="recommender", data={"chapter": "{summary_chapter}"}),
    at("proposals:summary_pdf", "summary", get="recommender"),
    Row("proposals:summary_scan", post=OFFICES),  # a scan is filed with the list that its code names
    at("proposals:summary_scan_file", "summary_scan", get="recommender"),
    Row("proposals:recommenders", get="admin", post="admin"),
    at("proposals:remove_recommender", "recommender_record", post="admin"),
    Row("proposals:integrity", get="secretary finance director"),
    Row("proposals:integrity_new", get="secretary", post="secretary"),
    at("proposals:integrity_record", "sanction", get="secretary finance director", post="secretary"),
    at("proposals:integrity_paper", "sanction", get="secretary finance director sibling_office"),
    at("proposals:check", "received", get="secretary", post="secretary"),
    # an appeal is the applicant's; the institution reads along, and the secretariat decides
    at("proposals:detail", "invalid", get=OWN),
    at("proposals:appeal", "invalid", get="pi", post="pi", sent_on="pi"),
    Row("proposals:appeal_evidence", ids={"pk": "invalid", "appeal_pk": "appeal"}, get="pi office secretary", strangers={"appeal_pk": "other_appeal"}),
    Row("proposals:appeals", get="secretary"),
    at("proposals:appeal_decision", "appeal", get="secretary", post="secretary"),
    at("proposals:alike", "received", get="secretary"),
    at("proposals:take_back", "handed_in", post="pi"),
    at("proposals:withdraw", "received", get="pi", post="pi"),
    at("proposals:compare", "received", get=OWN),
    Row("proposals:version_pdf", ids={"pk": "received"}, fixed={"number": "1"}, get=OWN),
    Row("proposals:attachment", ids={"pk": "received", "attachment_pk": "received_file"}, get=OWN, strangers={"attachment_pk": "draft_file"}),
    Row("proposals:attachment", ids={"pk": "draft", "attachment_pk": "draft_file"}, get="pi", strangers={"attachment_pk": "received_file"}),
    Row("statistics", get=STAFF),
    Row("statistics_export", get=STAFF),
    # reviews
    Row("reviews:experts", get="secretary finance"),
    Row("reviews:expert_new", get="secretary", post="secretary"),
    at("reviews:expert_edit", "expert", get="secretary", post="secretary"),
    at("reviews:expert_invite", "expert", post="secretary"),
    at("reviews:assign", "checked", get="secretary finance", post="secretary finance"),
    at("reviews:record_conflict", "reviewing", post="secretary", data={"who": "{review}", "conflict-reason": "Same laboratory."}),
    at("reviews:results", "reviewing", get=STAFF),
    at("reviews:results_export", "reviewing", get=STAFF),
    at("reviews:panel", "reviewing", get="secretary", post="secretary"),
    Row("reviews:panel_minutes", ids={"pk": "reviewing", "panel_pk": "panel"}, get=STAFF, strangers={"panel_pk": "other_panel"}),
    Row("reviews:mine", get=EXPERTS),
    at("reviews:review", "invitation", get="reviewer1", post="reviewer1"),
    at("reviews:review", "review", get="reviewer1", post="reviewer1"),
    at("reviews:review", "budget_review", get="expert1", post="expert1"),
    at("reviews:review", "conflicted_review", get="", post=""),
    at("reviews:accept", "invitation", post="reviewer1"),
    at("reviews:decline", "invitation", post="reviewer1"),
    at("reviews:conflict", "review", post="reviewer1"),
    at("reviews:autosave", "review", post="reviewer1"),
    at("reviews:submit", "review", get="reviewer1", post="reviewer1"),
    at("reviews:remind", "review", post="secretary"),
    at("reviews:remind", "budget_review", post="secretary finance"),
    at("reviews:release", "invitation", post="secretary"),
    at("reviews:reopen", "submitted_review", post="secretary"),
    Row("reviews:plan_list", get=STAFF),
    Row("reviews:plan_new", post="secretary", data={"call": "{call}"}),
    at("reviews:plan", "plan", get=STAFF),
    at("reviews:plan_add", "plan", post="secretary"),
    Row("reviews:plan_line", ids={"pk": "plan", "proposal_pk": "reviewing"}, post="secretary"),
    at("reviews:plan_comment", "plan", post="secretary"),
    at("reviews:plan_hand_in", "plan", post="secretary"),
    at("reviews:plan_revise", "plan", post="secretary"),
    at("reviews:plan_decide", "plan", post="director"),
    at("reviews:plan_export", "plan", get=STAFF),
    # projects
    Row("projects:list", get=SIGNED_IN),
    Row("projects:export", get=SIGNED_IN),
    Row("projects:tray", get=SIGNERS, post=SIGNERS),
    at("projects:batch", "batch", get="secretary"),
    at("projects:batch_control", "batch", post="secretary"),
    at("proposals:version_scan", "received", post=PARTIES),
    Row("proposals:version_scan_file", ids={"pk": "received", "scan_pk": "version_scan"}, get=f"{PARTIES} secretary", strangers={"pk": "reviewing"}),
    at("projects:detail", "writing", get=OWN),
    at("projects:detail", "judged", get=f"{OWN} expert1"),
    at("projects:detail", "signing", get=f"{OWN} host"),
    at("projects:book_pdf", "signing", get=f"{OWN} host"),
    at("projects:book", "judged", get=f"{OWN} expert1", post="secretary expert1"),
    at("projects:book_edit", "writing", get="pi", post="pi"),
    at("projects:book_autosave", "writing", post="pi"),
    at("projects:book_submit", "writing", get="pi", post="pi"),
    at("projects:book_preview", "writing", get="pi"),
    at("projects:book_preview", "judged", get=f"{OWN} expert1"),
    at("projects:book_expert", "judged", get="secretary finance", post="secretary finance"),
    at("projects:sign", "signing", get="pi office secretary host", post="pi office secretary host"),
    # mid-term
    Row("projects:midterms", get="secretary director finance"),
    Row("projects:midterm_draw", post="secretary", data={"call": "{call}", "number": "1"}),
    at("projects:midterm_draw_record", "midterm_draw", get="secretary director finance"),
    at("projects:midterm", "evaluated", get=f"{OWN} host"),
    at("projects:midterm", "inspectable", get="secretary"),
    at("projects:midterm_inspect", "inspectable", post="secretary"),
    Row("projects:midterm_file", ids={"pk": "evaluated"}, fixed={"kind": "science"}, post="office"),
    Row("projects:midterm_file", ids={"pk": "evaluated"}, fixed={"kind": "report"}, post="pi"),
    Row("projects:midterm_scan", ids={"pk": "evaluated", "opinion_pk": "midterm_paper"}, get=f"{OWN} host", strangers={"pk": "halfway"}),
    Row("projects:midterm_letter", ids={"pk": "halfway", "document_pk": "midterm_letter"}, get=f"{OWN} host", strangers={"document_pk": "task_book"}),
    at("projects:midterm_propose", "halfway", post="secretary"),
    at("projects:midterm_decide", "judged_halfway", post="director"),
    # acceptance
    Row("acceptance:list", get="secretary director finance"),
    at("acceptance:detail", "over", key="project_pk", get=f"{OWN} host"),
    at("acceptance:detail", "closing", key="project_pk", get=f"{OWN} host"),
    at("acceptance:notify", "over", key="project_pk", post="secretary"),
    Row("acceptance:file_opinion", ids={"project_pk": "opening"}, fixed={"kind": "science"}, post="office"),
    at("acceptance:record_result", "opening", key="project_pk", post="pi office secretary"),
    at("acceptance:propose", "filing", key="project_pk", post="secretary"),
    at("acceptance:decide", "closing", key="project_pk", post="director"),
    Row("acceptance:document", ids={"project_pk": "closing", "document_pk": "notice"}, get=f"{OWN} host", strangers={"document_pk": "task_book"}),
    Row("acceptance:opinion_scan", ids={"project_pk": "filing", "opinion_pk": "opinion"}, get=f"{OWN} host", strangers={"project_pk": "closing"}),
]  # fmt: skip
