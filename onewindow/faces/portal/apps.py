from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "onewindow.faces.portal"
    label = "portal"
