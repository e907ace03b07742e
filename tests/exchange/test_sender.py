"""The outbox against a real receiver that fails, dawdles, hangs up and redirects: in order, and nothing is lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from onewindow.exchange import sender
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message, rows
from onewindow.exchange.sender import MOST_TRIES, send_waiting
from onewindow.exchange.tasks import send_outbox
from tests.cast import FOOD, Cast

NOW = timezone.now()
Answer = Callable[["_Handler"], None]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append({**body, "key": self.headers["Idempotency-Key"]})
        self.server.answer_to(body)(self)

    def do_GET(self) -> None:
        self.server.heard.append({"id": "GET"})
        status(200)(self)

    def log_message(self, *args: Any) -> None:
        pass


class Receiver(ThreadingHTTPServer):
    """Another system. `scripts` says how it answers to a subject, one answer after the other; then it takes all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[dict[str, Any]] = []
        self.scripts: dict[str, list[Answer]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def answer_to(self, body: dict[str, Any]) -> Answer:
        script = self.scripts.get(body["subject"], [])
        return script.pop(0) if script else status(204)

    @property
    def order(self) -> list[str]:
        return [f"{body['subject']}{body['payload'].get('n', '')}" for body in self.heard]


def status(code: int, **headers: str) -> Answer:
    def answer(handler: _Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hang_up(handler: _Handler) -> None:
    handler.close_connection = True
    handler.connection.close()


def nonsense(handler: _Handler) -> None:
    handler.wfile.write(b"no http at all\r\n\r\n")
    handler.close_connection = True


@pytest.fixture
def receiver(db: None, settings: Any) -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OW_OUTBOX_URL = server.url
    yield server
    server.shutdown()
    server.server_close()


def write(*subjects: str) -> None:
    """One message per name, numbered: write("A", "A", "B") gives A0, A1, B2."""
    messages = [Message("case.event", subject, {"n": n}) for n, subject in enumerate(subjects)]
    OutboxMessage.objects.bulk_create(rows(messages, NOW))


def after(**more: float) -> datetime:
    return NOW + timedelta(**more)


def test_without_an_address_everything_waits(db: None, settings: Any) -> None:
    settings.OW_OUTBOX_URL = ""
    write("A", "A")
    assert send_waiting(NOW) == 0
    assert OutboxMessage.objects.filter(state="waiting", tries=0).count() == 2


def test_messages_arrive_in_their_order_and_once(receiver: Receiver) -> None:
    write("A", "B", "A", "A", "B")
    assert send_waiting(NOW) == 5
    assert [name for name in receiver.order if name[0] == "A"] == ["A0", "A2", "A3"]
    assert [name for name in receiver.order if name[0] == "B"] == ["B1", "B4"]
    assert send_waiting(NOW) == 0
    assert OutboxMessage.objects.filter(state="sent", sent_at=NOW).count() == 5


def test_a_message_carries_what_happened_and_how_to_know_a_repeat(receiver: Receiver) -> None:
    write("A")
    send_waiting(NOW)
    (heard,) = receiver.heard
    stored = OutboxMessage.objects.get()
    assert heard == {
        "id": stored.pk,
        "key": f"outbox-{stored.pk}",
        "topic": "case.event",
        "subject": "A",
        "at": stored.created_at.isoformat(),
        "payload": {"n": 0},
    }


@pytest.mark.parametrize(
    "bad",
    [status(500), status(404), status(302, Location="/elsewhere"), hang_up, nonsense],
    ids=["500", "404", "redirect", "hangs up", "nonsense"],
)
def test_what_is_not_taken_is_tried_again_and_holds_back_only_its_own_subject(receiver: Receiver, bad: Answer) -> None:
    receiver.scripts["A"] = [bad]
    write("A", "A", "B")
    assert send_waiting(NOW) == 1
    assert receiver.order == ["A0", "B2"]
    first = OutboxMessage.objects.order_by("id").first()
    assert first is not None
    assert (first.state, first.tries, first.next_try_at) == ("waiting", 1, after(seconds=60))
    assert first.error
    assert send_waiting(after(seconds=59)) == 0
    assert send_waiting(after(seconds=60)) == 2
    assert receiver.order == ["A0", "B2", "A0", "A1"]
    assert OutboxMessage.objects.get(pk=first.pk).error == ""


def test_later_messages_never_overtake_one_that_waits_for_its_next_try(receiver: Receiver) -> None:
    receiver.scripts["A"] = [status(503)]
    write("A")
    send_waiting(NOW)
    write("A")
    assert send_waiting(after(seconds=1)) == 0
    assert len(receiver.heard) == 1


def test_a_receiver_that_dawdles_counts_as_not_reached(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "SECONDS_TO_ANSWER", 0.2)
    let_go = threading.Event()
    receiver.scripts["A"] = [lambda handler: (let_go.wait(5), None)[1]]
    write("A")
    began = time.monotonic()
    assert send_waiting(NOW) == 0
    assert time.monotonic() - began < 4
    let_go.set()
    assert send_waiting(after(seconds=60)) == 1
    assert [body["id"] for body in receiver.heard] == [OutboxMessage.objects.get().pk] * 2


def test_a_round_ends_when_the_receiver_is_down(receiver: Receiver) -> None:
    for n in range(20):
        receiver.scripts[f"S{n}"] = [status(500)]
    write(*(f"S{n}" for n in range(20)))
    assert send_waiting(NOW) == 0
    assert len(receiver.heard) == sender.GIVE_UP_ROUND_AFTER
    assert OutboxMessage.objects.filter(tries=0).count() == 20 - sender.GIVE_UP_ROUND_AFTER


def test_pauses_grow_to_six_hours_and_after_twelve_tries_the_message_is_given_up_and_kept(receiver: Receiver) -> None:
    receiver.scripts["A"] = [status(500)] * MOST_TRIES
    write("A", "A")
    pauses, now = [], NOW
    for _ in range(MOST_TRIES):
        assert send_waiting(now) == 0 or OutboxMessage.objects.filter(state="dead").exists()
        first = OutboxMessage.objects.order_by("id")[0]
        pauses.append((first.next_try_at - now).total_seconds())
        now = first.next_try_at
    assert pauses[:4] == [60, 120, 240, 480]
    assert max(pauses) == 6 * 3600
    assert pauses == sorted(pauses)
    assert (first.state, first.tries, first.error) == ("dead", 12, "HTTP Error 500: Internal Server Error")
    send_waiting(now)
    assert receiver.order[-1] == "A1"  # a dead letter does not silence its subject for ever
    assert OutboxMessage.objects.filter(state="waiting").count() == 0


def test_nothing_listens_and_nothing_is_lost(db: None, settings: Any) -> None:
    settings.OW_OUTBOX_URL = "http://127.0.0.1:9/nobody"
    write("A", "B")
    assert send_waiting(NOW) == 0
    assert OutboxMessage.objects.filter(state="waiting", tries=1).count() == 2


def test_more_than_one_batch_goes_in_one_round(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_BATCH", 3)
    write(*"ABCABCABC")
    assert send_waiting(NOW) == 9


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once_and_in_order(receiver: Receiver) -> None:
    write(*(["A"] * 6 + ["B"] * 6))

    def work() -> None:
        send_waiting(NOW)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    send_waiting(NOW)
    assert len(receiver.heard) == 12
    assert [name for name in receiver.order if name[0] == "A"] == [f"A{n}" for n in range(6)]
    assert [name for name in receiver.order if name[0] == "B"] == [f"B{n}" for n in range(6, 12)]


def test_a_case_tells_its_life_in_order_and_without_personal_data(cast: Cast, receiver: Receiver) -> None:
    case = cast.walk_to("delivered", FOOD)
    send_outbox(0)
    told = [body for body in receiver.heard if body["topic"] == "case.event"]
    assert [body["payload"]["seq"] for body in told] == list(range(1, case.version + 1))
    assert {body["subject"] for body in receiver.heard} == {case.number}
    assert "王小明" not in str(receiver.heard)


def test_a_refused_action_sends_nothing(cast: Cast) -> None:
    case = cast.receive()
    before = OutboxMessage.objects.count()
    with pytest.raises(Exception, match="不能"):
        cast.act(case, "sign", "examiner1")
    assert OutboxMessage.objects.count() == before
