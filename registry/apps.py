from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from accounts.models import Institution
        from core import tasklist
        from notifications import effects
        from registry import letters
        from registry.marks import on_institution_saved
        from registry.tasklist import tasks

        post_save.connect(on_institution_saved, sender=Institution)
        effects.register(letters.REGISTRATION, letters.send_confirmation)
        tasklist.register(tasks)
