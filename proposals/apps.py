from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "proposals"

    def ready(self) -> None:
        from core.tasklist import register
        from proposals.tasklist import tasks

        register(tasks)
