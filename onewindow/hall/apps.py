from django.apps import AppConfig


class HallConfig(AppConfig):
    name = "onewindow.hall"
    label = "hall"

    def ready(self) -> None:
        from onewindow.cases.signals import recorded
        from onewindow.exchange import notices
        from onewindow.hall import cases_hook, messages

        notices.reader(messages.TOPIC, messages.notice)
        recorded.connect(cases_hook.on_recorded, dispatch_uid="hall.cases")
