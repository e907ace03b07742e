from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "onewindow.faces.desk"
    label = "desk"
