from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "onewindow.oversight"
    label = "oversight"

    def ready(self) -> None:
        from onewindow.exchange import notices as exchange
        from onewindow.oversight import actions, notices

        exchange.reader(actions.TOPIC, notices.notice)
