"""A call narrows its programme: it adds clauses, checklist points, criteria and dates, and removes nothing."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from core.clock import add_months
from programs.clauses import AnyClause
from programs.clauses.base import ArticleId, Frozen, Words
from programs.clauses.dates import Window
from programs.policy.endorsing import CallCutOff, with_cut_offs
from programs.policy.questions import Question
from programs.policy.schema import CallTerms, FileSlug, Policy
from programs.policy.sections import Article, ChecklistPoint, CriteriaOf, FormSection, ReviewStage


class CallFile(Frozen):
    """What a call's own file may say. Nothing in it can take away or replace what the programme says."""

    schema_version: Literal[1]
    extends: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$")]
    slug: FileSlug
    title_zh: Words
    title_en: Words
    summary_zh: str = ""
    summary_en: str = ""
    call: CallTerms
    articles: dict[ArticleId, Article] = Field(default_factory=dict)
    clauses: tuple[AnyClause, ...] = ()
    cut_offs: tuple[CallCutOff, ...] = ()
    checklist: tuple[ChecklistPoint, ...] = ()
    questions: tuple[Question, ...] = ()
    form: tuple[FormSection, ...] = ()
    review_criteria: tuple[CriteriaOf, ...] = ()


def effective_policy(programme: Policy, call: CallFile, *, shifted_days: int = 0) -> Policy:
    """The policy that governs applications to `call`: all of the programme's clauses, then the call's.

    `shifted_days` moves the call's opening and closing, and its project windows by the whole years that gives: for
    demonstrations only. Raises ValueError when the call names another programme or contradicts this one.
    """
    if call.extends != programme.name:
        raise ValueError(f"the call extends {call.extends}, not {programme.name}")
    if clash := sorted(set(call.articles) & set(programme.articles)):
        raise ValueError(f"the programme already has article {clash[0]}; a call can't reword it")
    terms = call.call.shifted(shifted_days)
    years = terms.closes_at.year - call.call.closes_at.year
    return Policy.model_validate(
        {
            # Not dict(programme): that holds also what the programme has cached, such as its hash.
            **{name: getattr(programme, name) for name in Policy.model_fields},
            "call_slug": call.slug,
            "title_zh": call.title_zh,
            "title_en": call.title_en,
            "summary_zh": call.summary_zh or programme.summary_zh,
            "summary_en": call.summary_en or programme.summary_en,
            "articles": {**programme.articles, **call.articles},
            "clauses": (*programme.clauses, *(_moved(clause, years) for clause in call.clauses)),
            "call": terms,
            "shifted_days": shifted_days,
            "endorsement_chain": with_cut_offs(
                programme.endorsement_chain,
                tuple(one.shifted(shifted_days) for one in call.cut_offs),
                closes_at=terms.closes_at,
                zone=terms.zone,
            ),
            "checklist": (*programme.checklist, *call.checklist),
            "questions": (*programme.questions, *call.questions),
            "form": (*programme.form, *call.form),
            "review_stages": _with_criteria(programme.review_stages, call.review_criteria),
        }
    )


def _moved(clause: AnyClause, years: int) -> AnyClause:
    if not isinstance(clause, Window) or not years:
        return clause
    first, last = clause.earliest_start_date, clause.latest_end_date
    return clause.model_copy(
        update={
            "earliest_start_date": add_months(first, 12 * years),
            "latest_end_date": add_months(last, 12 * years),
        }
    )


def _with_criteria(stages: tuple[ReviewStage, ...], added: tuple[CriteriaOf, ...]) -> tuple[ReviewStage, ...]:
    for row in added:
        if row.stage not in {stage.key for stage in stages}:
            raise ValueError(f"the programme has no review stage {row.stage!r}")
    return tuple(
        stage.model_copy(
            update={
                "criteria": (*stage.criteria, *(c for row in added if row.stage == stage.key for c in row.criteria))
            }
        )
        for stage in stages
    )
