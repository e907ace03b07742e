from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "onewindow.faces.screens"
    label = "screens"
