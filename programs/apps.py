from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from core import tasklist
        from notifications import wanted
        from programs.tasklist import tasks
        from programs.wanted import is_wanted

        tasklist.register(tasks)
        wanted.register("programs.guide", is_wanted)
