from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from core import tasklist
        from notifications import effects
        from registry import letters
        from registry.tasklist import tasks

        effects.register(letters.REGISTRATION, letters.send_confirmation)
        tasklist.register(tasks)
