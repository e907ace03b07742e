from django.apps import AppConfig


class ManageConfig(AppConfig):
    name = "onewindow.faces.manage"
    label = "manage"
