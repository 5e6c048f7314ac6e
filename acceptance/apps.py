from django.apps import AppConfig


class AcceptanceConfig(AppConfig):
    name = "acceptance"

    def ready(self) -> None:
        from acceptance.tasklist import tasks
        from acceptance.wanted import is_wanted
        from core import tasklist
        from notifications import wanted

        tasklist.register(tasks)
        wanted.register("acceptance.acceptance", is_wanted)
