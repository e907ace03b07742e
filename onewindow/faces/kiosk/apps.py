from django.apps import AppConfig


class KioskConfig(AppConfig):
    name = "onewindow.faces.kiosk"
    label = "kiosk"
    verbose_name = "取号机"
