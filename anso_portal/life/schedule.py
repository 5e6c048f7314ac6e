"""When each step of a life is made: a plan of days after the call's opening."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Days after the call's opening.
PLAN = {
    "draft": 5,
    "hand_in": 20,
    "return": 23,
    "hand_in_again": 25,
    "endorse": 27,
    "check": 50,
    "assign": 55,
    "review": 75,
    "panel": 90,
    "plan": 100,
    "approve": 104,
    "book": 110,
    "opinion": 116,
    "book_again": 120,
    "agree": 125,
    "sign": 130,
}


@dataclass
class Schedule:
    """When each step is made; the demo squeezes the plan into the time since the call opened."""

    opened_at: datetime
    day: timedelta = timedelta(days=1)

    def at(self, step: str) -> datetime:
        """The instant of a step of PLAN, ten in the morning of the opening day's zone at full scale."""
        return self.opened_at + self.day * PLAN[step] + timedelta(hours=10) * (self.day / timedelta(days=1))
