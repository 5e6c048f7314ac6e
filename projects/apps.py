from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from core import tasklist
        from notifications import effects
        from projects import receivers
        from projects.tasklist import tasks
        from reviews.signals import proposal_funded

        proposal_funded.connect(receivers.on_proposal_funded, dispatch_uid="projects.start_project")
        effects.register("signing-batch", receivers.on_signing_batch)
        tasklist.register(tasks)
