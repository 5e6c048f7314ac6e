"""Rules on what the application says."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from programs.clauses.base import WRITING_AND_BOOK, Both, Choice, Clause, Problem
from programs.differences import label_of
from programs.dossier import Activity, Dossier, Participant, Party, PlanYear
from programs.facts import Facts
from programs.findings import Stage


def _dossier_path(path: str) -> str:
    """Refuses a path that no dossier has."""
    if path.startswith("answers."):
        return path
    model: Any = Dossier
    for name in path.split("."):
        if not (isinstance(model, type) and issubclass(model, BaseModel) and name in model.model_fields):
            raise ValueError(f"a dossier has no field {path!r}")
        model = model.model_fields[name].annotation
    return path


DossierPath = Annotated[str, AfterValidator(_dossier_path)]


def value_at(dossier: Dossier, path: str) -> Any:
    """The value at a path without rows, such as `pi.email` or `answers.prior_work`."""
    value: Any = dossier
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def label_at(path: str) -> Both:
    """The name of the value at a path, for people."""
    model: Any = Dossier
    names = path.split(".")
    for name in names[:-1]:
        model = model.model_fields[name].annotation
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return Both(names[-1], names[-1])
    parts = [label_of(model, names[-1])]
    if len(names) > 1:
        parts.insert(0, label_of(Dossier, names[0]))
    return Both("".join(part.zh for part in parts), ": ".join(part.en for part in parts))


class RequiredFields(Clause):
    """These places are not empty."""

    kind: Literal["required_fields"]
    fields: tuple[DossierPath, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("申报书须填写完整", "The application is filled in completely")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for path in self.fields:
            if not value_at(dossier, path):
                label = label_at(path)
                yield Problem(f"请填写“{label.zh}”。", f"Please fill in “{label.en}”.", path)


class RequiredColumns(Clause):
    """Each row of one list has these columns filled; `name_zh|name_en` asks for either."""

    kind: Literal["required_columns"]
    rows: Literal["parties", "participants", "activities"]
    columns: tuple[str, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("各行须填写完整", "Rows are filled in completely")

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        for name in self._names():
            if name not in self._row_model().model_fields:
                raise ValueError(f"{self.rows} have no column {name!r}")
        return self

    @property
    def code(self) -> str:
        return f"{self.kind}_{self.rows}"

    @property
    def summary(self) -> Both:
        rows = label_of(Dossier, self.rows)
        labels = [label_of(self._row_model(), name) for name in self._names()]
        return Both(
            f"每个{rows.zh}须填写：{'、'.join(label.zh for label in labels)}",
            f"{rows.en}, each: {', '.join(label.en for label in labels)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        for row in getattr(dossier, self.rows):
            for column in self.columns:
                names = column.split("|")
                if not any(getattr(row, name) for name in names):
                    label = label_of(type(row), names[0])
                    yield Problem(
                        f"请填写“{label.zh}”。",
                        f"Please fill in “{label.en}”.",
                        f"{self.rows}.{row.key}.{names[0]}",
                    )

    def _names(self) -> list[str]:
        return [name for column in self.columns for name in column.split("|")]

    def _row_model(self) -> type[BaseModel]:
        return _ROWS[self.rows]


_ROWS: dict[str, type[BaseModel]] = {"parties": Party, "participants": Participant, "activities": Activity}


class FieldChoice(Clause):
    """The field is one of these."""

    kind: Literal["field_choice"]
    choices: tuple[Choice, ...] = Field(min_length=1)

    title: ClassVar[Both] = Both("资助领域", "Field")

    @property
    def summary(self) -> Both:
        return Both(
            f"资助领域：{'、'.join(choice.zh for choice in self.choices)}",
            f"Fields: {', '.join(choice.en for choice in self.choices)}",
        )

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        if dossier.field not in {choice.key for choice in self.choices}:
            yield Problem(
                f"请选择资助领域：{'、'.join(choice.zh for choice in self.choices)}。",
                f"Choose one of the fields: {', '.join(choice.en for choice in self.choices)}.",
                "field",
            )


class YearlyPlan(Clause):
    """Each calendar year of the project, and no other, has objectives and indicators with targets."""

    kind: Literal["yearly_plan"]
    min_indicators: int = Field(default=1, ge=0)
    stages: tuple[Stage, ...] = WRITING_AND_BOOK

    title: ClassVar[Both] = Both("年度目标与考核指标", "Yearly objectives and indicators")

    def problems(self, dossier: Dossier, facts: Facts) -> Iterator[Problem]:
        planned = [row.year for row in dossier.yearly_plan]
        for year in dossier.years:
            if year not in planned:
                yield Problem(f"缺少 {year} 年的年度计划。", f"The plan for {year} is missing.", "yearly_plan")
        for number, row in enumerate(dossier.yearly_plan):
            here = f"yearly_plan.{row.key}"
            if row.year is None or (dossier.years and row.year not in dossier.years):
                yield Problem("年度不在项目执行期内。", "The year is outside the project's term.", f"{here}.year")
            elif row.year in planned[:number]:
                yield Problem(f"{row.year} 年重复。", f"{row.year} occurs twice.", f"{here}.year")
            yield from self._row_problems(row, here)

    def _row_problems(self, row: PlanYear, here: str) -> Iterator[Problem]:
        year = row.year or "?"
        if not row.objectives:
            yield Problem(f"请填写 {year} 年的年度目标。", f"State the objectives of {year}.", f"{here}.objectives")
        if len(row.indicators) < self.min_indicators:
            yield Problem(
                f"{year} 年至少需要 {self.min_indicators} 个考核指标。",
                f"{year} needs at least {self.min_indicators} indicator(s).",
                f"{here}.indicators",
            )
        for indicator in row.indicators:
            if not indicator.name or not indicator.target:
                yield Problem(
                    "请填写考核指标的名称和目标值。",
                    "Give the indicator a name and a target.",
                    f"{here}.indicators.{indicator.key}",
                )
