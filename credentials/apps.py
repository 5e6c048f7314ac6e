from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "credentials"

    def ready(self) -> None:
        import logging

        from core.logs import HideTokens
        from credentials import letters
        from notifications import effects

        effects.register(letters.RESET, letters.send_reset)
        effects.register(letters.INVITATION, letters.send_invitation)
        # gunicorn writes the address of each request; the link's token in it is as good as a password.
        logging.getLogger("gunicorn.access").addFilter(HideTokens())
