"""SQL in queries whose trees of subqueries cost Django more to build than the database to answer."""

from typing import Any

from django.db.models import BooleanField, F, Field, Func, Model, QuerySet


class Sql(Func):
    """`Sql("SELECT max(t.at) FROM {table} t WHERE t.row = {row} AND t.kind IN %s", kinds, table=Thing, row="pk",
    gives=DateTimeField())`, for filters and annotations.

    `{probe}` ends a subquery that is to be looked up row by row, as lists of a page's length want it: left to itself,
    PostgreSQL would read the whole table into a hash for an OR, and plan a join of a dozen tables for an AND.
    `{name}` is replaced by a model's table, or by the column of the query that `name=` tells, as F() would find it;
    every `%s` by a value or, for a collection, by all of its values in parentheses (an empty one holds nothing)."""

    def __init__(self, sql: str, *values: Any, gives: "Field[Any, Any]", **names: str | type[Model]) -> None:
        columns = {name: path for name, path in names.items() if isinstance(path, str)}
        super().__init__(*(F(path) for path in columns.values()), output_field=gives)
        self.sql, self.values, self.columns = sql, values, tuple(columns)
        self.tables = {name: f'"{of._meta.db_table}"' for name, of in names.items() if not isinstance(of, str)}

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        found = {"probe": "LIMIT 1 OFFSET 0", **self.tables}
        for name, expression in zip(self.columns, self.get_source_expressions(), strict=True):
            found[name], parameters = compiler.compile(expression)
            if parameters:
                raise TypeError(f"{name} is no plain column")
        marks: list[str] = []
        values: list[Any] = []
        for value in self.values:
            if isinstance(value, list | tuple | set | frozenset):
                marks.append(f"({', '.join(['%s'] * len(value)) or 'NULL'})")
                values += sorted(value)
            else:
                marks.append("%s")
                values.append(value)
        return f"({self.sql.format(**found) % tuple(marks)})", values


class Holds(Sql):
    """A condition, never NULL: `Holds("EXISTS (SELECT 1 FROM {table} t WHERE t.a = {row} {probe})", …)`."""

    def __init__(self, sql: str, *values: Any, **names: str | type[Model]) -> None:
        super().__init__(sql, *values, gives=BooleanField(), **names)


_ARM = "SELECT * FROM ({}) arm{}"


class AnyOf(Func):
    """The condition that a row's `key` is among what several querysets of one column give (`.values("pk")`), each with
    an order and a limit of its own if it wants, so that each follows its index."""

    def __init__(self, *arms: QuerySet[Any, Any], key: str = "pk") -> None:
        super().__init__(F(key), output_field=BooleanField())
        self.arms = arms

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        key, _none = compiler.compile(self.get_source_expressions()[0])
        parts: list[str] = []
        values: list[Any] = []
        for number, arm in enumerate(self.arms):
            sql, parameters = arm.query.get_compiler(connection=connection).as_sql()
            parts.append(_ARM.format(sql, number))
            values += parameters
        return f"{key} IN ({' UNION ALL '.join(parts)})", values
