"""The hall on file: when it is open, who waits for what, which window serves whom, and what was booked.

Nothing here is counted up: every wait, call, service and hold is a period with a beginning and an end, so that a
figure, a live view or a replay of any past moment is read from the same rows.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.hall.hall_rows import DayHours as DayHours
from onewindow.hall.hall_rows import Hall as Hall
from onewindow.hall.hall_rows import WeeklyHours as WeeklyHours
from onewindow.hall.lifecycle import AT_WINDOW, LIVE, STATE_LABELS, TicketState
from onewindow.hall.rules import PRIORITY_LABELS
from onewindow.hall.trouble_rows import EmergencyCall as EmergencyCall
from onewindow.hall.trouble_rows import Terminal as Terminal
from onewindow.hall.trouble_rows import WaitAlarm as WaitAlarm
from onewindow.people.fields import EncryptedTextField
from onewindow.people.masking import mask_name, mask_phone
from onewindow.people.models import Account, Applicant, Posting
from onewindow.people.sight import places_of
from onewindow.places.models import Centre, Department, Window

if TYPE_CHECKING:
    from onewindow.people.authority import Actor

SUBJECT = "ticket"
STATE_CHOICES = [(state.value, label) for state, label in STATE_LABELS.items()]
PRIORITY_CHOICES = [(priority.value, label) for priority, label in PRIORITY_LABELS.items()]


def new_code() -> str:
    """An unguessable address part (128 bits) for a visitor's own page."""
    return secrets.token_urlsafe(16)


def _live(states: frozenset[TicketState]) -> Q:
    return Q(state__in=sorted(state.value for state in states))


# ---- what is done where -------------------------------------------------------------------------------------------


class Queue(models.Model):
    """A line of people in a centre, known by its letter. A visitor stands in the line of what they came for.

    `kind` is the kind of window that serves it; `departments` empty means what no other line of that kind takes.
    """

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="queues")
    letter = models.CharField(max_length=2)
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=20, choices=Window.KINDS, default="general")
    departments = models.ManyToManyField(Department, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    takes_appointments = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["centre", "letter"], name="hall_queue_letter")]
        ordering = ["centre", "letter"]

    def __str__(self) -> str:
        return f"{self.letter} {self.name}"


class WindowItem(models.Model):
    """An exception to what a window takes by its departments: one item more, or one less."""

    window = models.ForeignKey(Window, on_delete=models.CASCADE, related_name="item_exceptions")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    takes = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["window", "item"], name="hall_window_item")]


class PostingItem(models.Model):
    """An item the person of a posting cannot take (yet); what is not listed, they take."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="item_exceptions")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting", "item"], name="hall_posting_item")]


class WindowClosure(models.Model):
    """A window planned to be shut for a time, so that appointments do not count on it."""

    window = models.ForeignKey(Window, on_delete=models.CASCADE, related_name="closures")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100)


class WindowSession(models.Model):
    """A person opens a window, and later closes it."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="sessions")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="window_sessions")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window"], condition=Q(closed_at__isnull=True), name="hall_window_open"),
            models.UniqueConstraint(fields=["account"], condition=Q(closed_at__isnull=True), name="hall_person_open"),
        ]
        indexes = [models.Index(fields=["window", "opened_at"])]


class WindowPause(models.Model):
    """The window is manned but calls nobody for a while."""

    session = models.ForeignKey(WindowSession, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(ended_at__isnull=True), name="hall_one_pause")
        ]


# ---- who comes ----------------------------------------------------------------------------------------------------


class Visitor(models.Model):
    """Somebody who booked or took a ticket and said who they are. Ciphertext; `person` is a blind index of the
    identity number, or of the phone where no number was given: equal for the same person."""

    name = EncryptedTextField()
    phone = EncryptedTextField(null=True)
    person = models.CharField(max_length=40, db_index=True)
    applicant = models.ForeignKey(Applicant, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    @property
    def masked(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone) if self.phone else ""


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def live(self) -> AppointmentQuerySet:
        return self.filter(state__in=["booked", "displaced"])

    def visible_to(self, actor: Actor) -> AppointmentQuerySet:
        return self.filter(places_of(actor))


class Appointment(models.Model):
    """A place in a queue at a time. `lane` and `period` keep double booking out, in the database itself.

    booked 已预约 · arrived 已到场 · displaced 待改期 (the hall closed; the person chooses another time by the link) ·
    missed 未到场 · cancelled 已取消. Only booked and arrived hold a lane.
    """

    STATES = [
        ("booked", "已预约"),
        ("arrived", "已到场"),
        ("displaced", "待改期"),
        ("missed", "未到场"),
        ("cancelled", "已取消"),
    ]
    CHANNELS = [("online", "网上"), ("phone", "电话"), ("hall", "现场")]

    code = models.CharField(max_length=32, unique=True, default=new_code)
    number = models.CharField("预约号", max_length=16)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="appointments")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="appointments")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.PROTECT, related_name="appointments")
    person = models.CharField(max_length=40)
    day = models.DateField()
    period = DateTimeRangeField()
    lane = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=STATES, default="booked")
    channel = models.CharField(max_length=8, choices=CHANNELS, default="online")
    note = models.CharField(max_length=200, blank=True)
    booked_at = models.DateTimeField(default=timezone.now)
    booked_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    moved = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=100, blank=True)
    request = models.CharField(max_length=80, null=True, unique=True)

    objects: Any = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="hall_no_double_booking",
                expressions=[
                    ("queue", RangeOperators.EQUAL),
                    ("lane", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["booked", "arrived"]),
            ),
            models.UniqueConstraint(
                fields=["person", "item", "day"],
                condition=Q(state="booked"),
                nulls_distinct=False,
                name="hall_one_appointment",
            ),
            models.UniqueConstraint(fields=["centre", "day", "number"], name="hall_appointment_number"),
        ]
        indexes = [
            models.Index(fields=["centre", "day", "id"], name="hall_appointments_of_day"),
            models.Index(fields=["day", "id"], name="hall_appointments_booked", condition=Q(state="booked")),
        ]

    @property
    def starts_at(self) -> Any:
        return self.period.lower

    @property
    def ends_at(self) -> Any:
        return self.period.upper


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, actor: Actor) -> TicketQuerySet:
        return self.filter(places_of(actor))

    def live(self) -> TicketQuerySet:
        return self.filter(_live(LIVE))

    def waiting(self) -> TicketQuerySet:
        return self.filter(state=TicketState.WAITING)


class Ticket(models.Model):
    """A visit: what somebody came for, where they stand, who serves them. The number is on paper or on a phone.

    `place_at` is since when they stand in line (kept through transfers), `rank_at` the same moved ahead by a priority.
    `departments` and `items` repeat what the lines say, for one indexed question at the call.
    """

    SOURCES = [("kiosk", "取号机"), ("guide", "导办台"), ("phone", "手机"), ("api", "接口")]

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="tickets")
    day = models.DateField()
    number = models.CharField(max_length=8)
    code = models.CharField(max_length=32, unique=True, default=new_code)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tickets")
    state = models.CharField(max_length=10, choices=STATE_CHOICES, default=TicketState.WAITING.value)
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="tickets")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    visitor = models.ForeignKey(Visitor, null=True, on_delete=models.PROTECT, related_name="tickets")
    appointment = models.OneToOneField(Appointment, null=True, on_delete=models.PROTECT, related_name="ticket")
    source = models.CharField(max_length=8, choices=SOURCES, default="kiosk")
    purpose = models.CharField(max_length=60, blank=True)
    priority = models.CharField(max_length=12, choices=PRIORITY_CHOICES, blank=True)
    priority_note = models.CharField(max_length=100, blank=True)
    taken_at = models.DateTimeField()
    place_at = models.DateTimeField()
    rank_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)
    departments = ArrayField(models.BigIntegerField(), default=list)
    items = ArrayField(models.BigIntegerField(), default=list)
    misses = models.PositiveSmallIntegerField(default=0)
    request = models.CharField(max_length=80, null=True, unique=True)

    objects: Any = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["centre", "day", "number"], name="hall_ticket_number"),
            models.UniqueConstraint(fields=["window"], condition=_live(AT_WINDOW), name="hall_one_at_window"),
        ]
        indexes = [
            models.Index(
                fields=["centre", "queue", "rank_at", "id"], name="hall_line", condition=Q(state=TicketState.WAITING)
            ),
            models.Index(fields=["centre", "place_at"], name="hall_live", condition=_live(LIVE)),
            models.Index(fields=["centre", "day", "id"], name="hall_tickets_of_day"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state_label(self) -> str:
        return STATE_LABELS[TicketState(self.state)]

    @property
    def reference(self) -> str:
        """How a case names its ticket: 20261122-A023."""
        return f"{self.day:%Y%m%d}-{self.number}"


class TicketItem(models.Model):
    """One of the things a visitor came for, and the case it became."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "position"], name="hall_ticket_line")]
        ordering = ["position"]


class TicketPeriod(models.Model):
    """From when to when a ticket was in a state, where and with whom. A ticket has at most one without an end."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="periods")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATE_CHOICES)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    verb = models.CharField("由什么开始", max_length=10)
    reason = models.CharField(max_length=100, blank=True)
    request = models.CharField(max_length=80, null=True, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket"], condition=Q(ended_at__isnull=True), name="hall_one_period"),
        ]
        indexes = [
            models.Index(fields=["centre", "state", "started_at"], name="hall_periods"),
            models.Index(fields=["queue", "ended_at"], name="hall_services", condition=Q(state=TicketState.SERVING)),
        ]
