"""International cooperation of the National Natural Science Foundation (source D2)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from programs.findings import Stage
from tests.programs.cases.base import GOOD, Case

KEY, RESEARCH = "nsfc/key-joint-research", "nsfc/inter-org-research"
EXCHANGE, CONFERENCE = "nsfc/inter-org-exchange", "nsfc/inter-org-conference"
CALLS = {name: name.replace("nsfc/", "nsfc/calls/2021-") for name in (KEY, RESEARCH, EXCHANGE, CONFERENCE)}

PROOF = {
    "key": "f5",
    "kind": "cooperation_proof",
    "sha256": "5" * 64,
    "filename": "合作论文.pdf",
    "size": 50_000,
    "media_type": "application/pdf",
}
TWIN = {"counterpart_funder": "肯尼亚国家研究基金会", "agreement_reference": "2017 年谅解备忘录"}
HOLDER = {"active_grant": "42171001", "active_grant_until": "2024-12-31"}
VISIT = {
    "key": "v1",
    "name": "Wanjiru Otieno",
    "note": "Example Agricultural University of Kenya",
    "country": "CN",
    "start_date": "2022-03-01",
    "end_date": "2022-05-31",
}
MEETING = {
    "key": "v1",
    "name": "旱区农业双边研讨会",
    "place": "昆明",
    "country": "CN",
    "start_date": "2022-09-01",
    "end_date": "2022-09-03",
}

GOOD |= {
    KEY: {
        "answers": {
            "necessity": "干旱预警须覆盖两国。",
            "complementarity": "中方有遥感技术，外方有观测网。",
            "prior_cooperation": "papers,visits",
            "sharing": "数据共享，知识产权按协议归属。",
        },
        "attachments": [PROOF],
    },
    RESEARCH: {"answers": TWIN | {"applied_there": "yes"}},
    EXCHANGE: {"answers": TWIN | HOLDER, "activities": [VISIT]},
    CONFERENCE: {"answers": TWIN | HOLDER | {"mode": "held"}, "activities": [MEETING]},
}
GOOD |= {call: GOOD[name] for name, call in CALLS.items()}

NONE_OUTSIDE = {"parties.np.country": "CN", "parties.ke.country": "CN"}
LATE = {"received_at": datetime(2021, 8, 31, 16, tzinfo=UTC)}
NO_FUNDS: dict[str, Any] = {"parties.ke.matching_fen": 0}


def _answer(name: str, article: str, key: str, answer: str = "") -> Case:
    return Case(name, f"{article} answer_{key}", {f"answers.{key}": answer}, at=f"answers.{key}")


def _of_all(name: str) -> Iterator[Case]:
    yield Case(name, "FUNDER required_fields", {"title_en": ""}, at="title_en")
    yield Case(name, "FUNDER endorsement", facts={"is_endorsed": False}, stage=Stage.CHECK)
    yield Case(name, "FUNDER award_kept", facts={"proposed_fen": 1}, stage=Stage.BOOK, at="budget_lines")
    yield Case(CALLS[name], "FUNDER deadline", facts=LATE)


def _partners(name: str, article: str) -> Iterator[Case]:
    yield Case(name, f"{article} outside_partner_count", NONE_OUTSIDE, at="parties")
    yield Case(name, f"{article} required_columns_parties", {"parties.cn.role": ""}, at="parties.cn.role")


def _activities(name: str) -> Iterator[Case]:
    early = {"activities.v1.start_date": "2021-12-31", "activities.v1.end_date": "2022-01-02"}
    ends = {"answers.active_grant_until": "2024-12-30"}
    yield Case(name, "D2.2 active_project", ends, at="answers.active_grant_until")
    yield Case(name, "D2.2 activity_count", {"activities": []}, at="activities")
    yield Case(name, "D2.2 required_columns_activities", {"activities.v1.name": ""}, at="activities.v1.name")
    yield Case(name, "D2.2 activity_dates", early, at="activities.v1.start_date")
    yield _answer(name, "D2.2", "active_grant")
    yield _answer(name, "D2.2", "active_grant_until", "soon")


CASES = [
    *(case for name in CALLS for case in _of_all(name)),
    *_partners(KEY, "D2.1"),
    *(case for name in (RESEARCH, EXCHANGE) for case in _partners(name, "D2.2")),
    *(case for name in (EXCHANGE, CONFERENCE) for case in _activities(name)),
    *(
        _answer(name, "D2.2", key)
        for name in (RESEARCH, EXCHANGE, CONFERENCE)
        for key in ("counterpart_funder", "agreement_reference")
    ),
    *(_answer(KEY, "D2.1", key) for key in ("necessity", "complementarity", "prior_cooperation", "sharing")),
    Case(KEY, "D2.1 counterpart_contribution", NO_FUNDS, at="answers.counterpart_input"),
    Case(KEY, "D2.1 attachment_cooperation_proof", {"attachments": []}, at="attachments.cooperation_proof"),
    _answer(RESEARCH, "D2.2", "applied_there", "no"),
    _answer(CONFERENCE, "D2.2", "mode"),
    Case(CONFERENCE, "D2.2 activity_country", {"answers.mode": "attended"}, at="activities.v1.country"),
]
