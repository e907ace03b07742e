from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "onewindow.faces.design"
    label = "design"
