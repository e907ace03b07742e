from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "onewindow.voice"
    label = "voice"

    def ready(self) -> None:
        from onewindow.exchange import notices
        from onewindow.voice.complaints import moves as complaint_moves  # noqa: F401 - their rules register
        from onewindow.voice.complaints import words as complaint_words

        notices.reader(complaint_words.TOPIC, complaint_words.notice)
        self._ratings()
        self._consultations()

    @staticmethod
    def _ratings() -> None:
        from onewindow.cases.signals import recorded
        from onewindow.exchange import notices
        from onewindow.exchange.destinations import destination
        from onewindow.hall.signals import moved
        from onewindow.voice.ratings import bad as badratings
        from onewindow.voice.ratings import invitations, push

        destination(push.PLATFORM)
        notices.reader(invitations.TOPIC, invitations.notice)
        notices.reader(badratings.TOPIC, badratings.notice)
        moved.connect(invitations.on_moved, dispatch_uid="voice.visits")
        recorded.connect(invitations.on_recorded, dispatch_uid="voice.cases")

    @staticmethod
    def _consultations() -> None:
        from onewindow.exchange import notices
        from onewindow.voice.consultations import words as consultation_words

        notices.reader(consultation_words.TOPIC, consultation_words.notice)
