from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "onewindow.server"
    label = "server"
