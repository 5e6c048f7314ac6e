from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "anso_portal"
