from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from notifications import effects, mailing

        effects.register("mail", mailing.send_mail)
