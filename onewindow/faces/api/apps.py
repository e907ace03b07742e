from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "onewindow.faces.api"
    label = "api"
