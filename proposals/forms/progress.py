"""How far each page of the application is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a page is; the rail shows it."""

    key: str
    label: str
    url: str
    wrong: int
    todo: int
    warnings: int
    comments: int
    is_current: bool

    @property
    def status(self) -> str:
        """block, warn, todo, comment (somebody asks for a change) or ok."""
        if self.wrong:
            return "block"
        return "warn" if self.warnings else "todo" if self.todo else "comment" if self.comments else "ok"
