from django.apps import AppConfig


class LoopsConfig(AppConfig):
    name = "onewindow.loops"
    label = "loops"
