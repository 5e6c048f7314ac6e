"""How long the sign-in takes tells nothing about whether there is such an account."""

import time
from collections.abc import Callable
from statistics import median

import pytest
from django.test import Client, override_settings

from accounts.models import User

ARGON2 = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
TRIES = 7


@pytest.mark.slow
@override_settings(PASSWORD_HASHERS=ARGON2)
def test_accounts_that_are_there_answer_no_later_than_those_that_are_not(db: None) -> None:
    User.objects.create_user("with@demo.example", "a long password")
    User.objects.create_user("invited@demo.example", None)
    User.objects.create_user("closed@demo.example", "a long password", is_active=False)
    names = ("with", "invited", "closed", "nobody")
    # In turn, so that a busy machine slows all alike; the processor's time, as others use the machine too.
    took: dict[str, list[float]] = {name: [] for name in names}
    for number in range(TRIES + 1):
        for name in names:
            spent = cpu(
                lambda name=name, number=number: Client(REMOTE_ADDR=f"192.0.2.{number}").post(
                    "/login/", {"username": f"{name}@demo.example", "password": "wrong"}
                )
            )
            if number:
                took[name].append(spent)
    missing = median(took["nobody"])
    ratios = {name: median(times) / missing for name, times in took.items()}
    assert all(0.5 < ratio < 2 for ratio in ratios.values()), ratios
    # The hash is most of it: without it the ratios would prove nothing.
    assert missing > cpu(lambda: Client().get("/login/")) * 1.5, (missing, ratios)


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
