from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_save

        from core import tasklist
        from notifications import effects, wanted
        from projects import receivers
        from projects.midterm.actions.notifying import NOTICE
        from projects.midterm.tasklist import tasks as midterm_tasks
        from projects.midterm.wanted import is_wanted as is_midterm_wanted
        from projects.tasklist import tasks
        from projects.wanted import is_wanted
        from reviews.signals import proposal_funded

        proposal_funded.connect(receivers.on_proposal_funded, dispatch_uid="projects.start_project")
        post_save.connect(receivers.on_person_saved, sender=settings.AUTH_USER_MODEL)
        effects.register("signing-batch", receivers.on_signing_batch)
        effects.register(NOTICE, receivers.on_midterm_notice)
        tasklist.register(tasks)
        tasklist.register(midterm_tasks)
        wanted.register("projects.project", is_wanted)
        wanted.register("projects.midterm", is_midterm_wanted)
