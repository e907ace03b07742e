from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "onewindow.voice"
    label = "voice"

    def ready(self) -> None:
        from onewindow.exchange import notices
        from onewindow.voice import complaint_moves, complaint_words, issues  # noqa: F401 - their rules register

        notices.reader(complaint_words.TOPIC, complaint_words.notice)
        self._ratings()
        self._consultations()

    @staticmethod
    def _ratings() -> None:
        from onewindow.cases.signals import recorded
        from onewindow.exchange import notices
        from onewindow.exchange.destinations import destination
        from onewindow.hall.signals import moved
        from onewindow.voice import badratings, invitations, push

        destination(push.PLATFORM)
        notices.reader(invitations.TOPIC, invitations.notice)
        notices.reader(badratings.TOPIC, badratings.notice)
        moved.connect(invitations.on_moved, dispatch_uid="voice.visits")
        recorded.connect(invitations.on_recorded, dispatch_uid="voice.cases")

    @staticmethod
    def _consultations() -> None:
        from onewindow.exchange import notices
        from onewindow.voice import consultation_words, consultations  # noqa: F401 - their rules register

        notices.reader(consultation_words.TOPIC, consultation_words.notice)
