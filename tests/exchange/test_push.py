"""Every rating reaches the platform: signed, in its fields and its scale, in order, whatever the receiver does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.utils import timezone

from onewindow.commands import outbox as command
from onewindow.exchange import destinations, sender
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message, rows
from onewindow.voice.models import Rating
from onewindow.voice.ratings import push
from tests.cast import FOOD, Cast

SECRET = "shared-with-the-platform"


class Platform(ThreadingHTTPServer):
    """A higher platform that checks signatures, refuses caught requests, knows repeats by `id`, and can misbehave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[dict[str, Any]] = []
        self.taken: dict[int, dict[str, Any]] = {}
        self.nonces: set[str] = set()
        self.failures = 0
        self.swallow = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/evaluate"

    def judge(self, raw: bytes, headers: Any) -> int:
        stamp, nonce = headers["X-OW-Timestamp"], headers["X-OW-Nonce"]
        mac = HMAC(SECRET.encode(), SM3())
        mac.update(b"\n".join([stamp.encode(), nonce.encode(), raw]))
        if mac.finalize().hex() != headers["X-OW-Signature"] or nonce in self.nonces:
            return 401
        if abs(time.time() - int(stamp)) > 300:
            return 401
        self.nonces.add(nonce)
        body = json.loads(raw)
        self.heard.append(body)
        if self.failures:
            self.failures -= 1
            return 503
        self.taken.setdefault(body["id"], body)
        return 200


class _Handler(BaseHTTPRequestHandler):
    server: Platform

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        code = self.server.judge(raw, self.headers)
        if code == 200 and self.server.swallow:  # taken, but the answer is lost on the way
            self.server.swallow -= 1
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def platform(settings: Any) -> Iterator[Platform]:
    server = Platform()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OW_RATING_URL, settings.OW_RATING_SECRET, settings.OW_RATING_KEY_ID = server.url, SECRET, "taojiang"
    settings.OW_OUTBOX_URL = ""
    yield server
    server.shutdown()
    server.server_close()


def rated(cast: Cast, level: int = 5, n: int = 0, **more: Any) -> Rating:
    """A rating of a case's phase, with the message that goes out with it."""
    case = cast.receive(FOOD)
    made = Rating.objects.create(
        number=f"PJ20261122-{case.pk}{n}",
        centre=cast.centre,
        case=case,
        item=case.item,
        department=case.department,
        channel="online",
        level=level,
        **more,
    )
    said = [Message(push.TOPIC, f"rating:{made.number}", {"rating": made.pk})]
    OutboxMessage.objects.bulk_create(rows(said, timezone.now()))
    return made


def test_a_rating_arrives_in_the_platforms_fields(cast: Cast, platform: Platform) -> None:
    made = rated(cast, 1, labels=["110", "112"], text="多要了材料")
    assert sender.send_waiting() == 1
    (body,) = platform.taken.values()
    assert body["assessNumber"] == made.number
    assert body["projectNo"] == made.case.number
    assert body["taskCode"] == made.item.code
    assert body["deptCode"] == made.department.code
    assert (body["satisfaction"], body["evalDetail"]) == (1, "110,112")
    assert body["evalWords"].startswith("没有理由超过了法定时间")
    assert body["writingEvaluation"] == "多要了材料"
    assert (body["isdefault"], body["effectivEvalua"], body["isAnonymous"]) == ("0", "1", "1")


@pytest.mark.parametrize(("ours", "theirs"), [(5, 1), (4, 2), (3, 3), (2, 4), (1, 5)])
def test_the_scale_follows_the_receivers_order(
    cast: Cast, platform: Platform, settings: Any, ours: int, theirs: int
) -> None:
    settings.OW_RATING_SCALE = "best1"
    rated(cast, ours, labels=[f"{ours}01"] if ours > 2 else [f"{ours}10"])
    sender.send_waiting()
    (body,) = platform.taken.values()
    assert body["satisfaction"] == theirs
    assert body["evalDetail"].startswith(str(theirs))


def test_nothing_is_stored_of_what_the_citizen_wrote(cast: Cast, platform: Platform) -> None:
    rated(cast, 2, text="张三态度差", name="王小明", phone="19900001234")
    message = OutboxMessage.objects.get(topic=push.TOPIC)
    assert set(message.payload) == {"rating"}


def test_without_a_secret_ratings_wait_and_are_never_sent_elsewhere(
    cast: Cast, platform: Platform, settings: Any
) -> None:
    settings.OW_RATING_SECRET = ""
    settings.OW_OUTBOX_URL = platform.url
    OutboxMessage.objects.all().delete()
    rated(cast)
    OutboxMessage.objects.exclude(topic=push.TOPIC).delete()
    assert sender.send_waiting() == 0
    assert not platform.heard


def test_a_receiver_that_is_down_for_a_day_loses_nothing_and_keeps_the_order(cast: Cast, platform: Platform) -> None:
    """One rating and what follows it, others beside it; the platform fails for a day and then comes back."""
    first = rated(cast)
    later = Message(push.TOPIC, f"rating:{first.number}", {"rating": first.pk})
    OutboxMessage.objects.bulk_create(rows([later], timezone.now()))
    others = [rated(cast, 4, n) for n in range(3)]
    platform.failures = 10**6
    now = timezone.now()
    for hour in range(25):
        sender.send_waiting(now + timedelta(hours=hour))
    assert not platform.taken
    platform.failures = 0
    sender.send_waiting(now + timedelta(hours=32))
    ours = [body["id"] for body in platform.taken.values() if body["assessNumber"] == first.number]
    assert len(ours) == 2
    assert ours == sorted(ours)
    assert {body["assessNumber"] for body in platform.taken.values()} == {first.number, *(one.number for one in others)}
    assert push.reconcile(timezone.localdate()).waiting == 0


def test_a_lost_answer_is_sent_again_and_counted_once(cast: Cast, platform: Platform) -> None:
    rated(cast)
    platform.swallow = 1
    now = timezone.now()
    assert sender.send_waiting(now) == 0
    assert sender.send_waiting(now + timedelta(minutes=3)) == 1
    assert len(platform.heard) == 2
    assert len(platform.taken) == 1


def test_a_caught_request_cannot_be_sent_again(cast: Cast, platform: Platform) -> None:
    body = b'{"id": 1}'
    headers = destinations.signed(body, destinations.Signing("taojiang", SECRET), timezone.now())
    assert platform.judge(body, headers) == 200
    assert platform.judge(body, headers) == 401
    assert platform.judge(b'{"id": 2}', {**headers, "X-OW-Nonce": "other"}) == 401


def test_a_platform_that_is_down_does_not_hold_up_the_other_messages(
    cast: Cast, platform: Platform, settings: Any
) -> None:
    other = Platform()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        settings.OW_OUTBOX_URL = other.url
        for n in range(8):
            rated(cast, 5, n)
        platform.failures = 10**6
        plain = OutboxMessage.objects.exclude(topic=push.TOPIC).count()
        assert plain
        sender.send_waiting()
        assert OutboxMessage.objects.filter(topic=push.TOPIC, state="waiting").count() == 8
        assert OutboxMessage.objects.exclude(topic=push.TOPIC).exclude(tries=0).exists()
    finally:
        other.shutdown()
        other.server_close()


def test_what_was_given_up_can_be_put_back_in_line(cast: Cast, platform: Platform, capsys: Any) -> None:
    rated(cast)
    OutboxMessage.objects.exclude(topic=push.TOPIC).delete()
    OutboxMessage.objects.update(state="dead", tries=12, error="503")
    assert command.run([]) == 1
    assert "发送失败 1 条" in capsys.readouterr().out
    day = push.reconcile(timezone.localdate())
    assert (day.rated, day.given_up, day.complete) == (1, 1, False)
    assert command.run(["replay"]) == 0
    assert sender.send_waiting() == 1
    assert push.reconcile(timezone.localdate()).complete
    assert command.run([]) == 0
    assert command.run(["everything"]) == 2
