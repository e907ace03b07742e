from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "onewindow.faces.board"
    label = "board"
