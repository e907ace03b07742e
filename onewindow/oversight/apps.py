from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "onewindow.oversight"
    label = "oversight"
