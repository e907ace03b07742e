from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "onewindow.hall"
    label = "hall"

    def ready(self) -> None:
        from onewindow.exchange import notices
        from onewindow.hall import messages

        notices.reader(messages.TOPIC, messages.notice)
