"""What is done where: the lines of a hall, the windows that serve them, and the line somebody belongs in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from onewindow.catalogue.models import Item
from onewindow.hall.memory import remembered
from onewindow.hall.models import Hall, PostingItem, Queue, WindowItem
from onewindow.hall.rules import HallRules
from onewindow.places.changes import departments_of
from onewindow.places.models import Centre, Department, Window
from onewindow.problems import FieldError, InvalidInput, NotFound, RuleBroken

_CLOSED = "这里还没有开通大厅取号"
_MOST_ITEMS = 10


@dataclass(frozen=True, slots=True)
class ItemInfo:
    """What the hall must know of an item. `town` and `village`: whether it may be taken there."""

    pk: int
    key: str
    code: str
    name: str
    department: int
    town: bool
    village: bool


@dataclass(frozen=True, slots=True)
class QueueInfo:
    pk: int
    letter: str
    name: str
    kind: str
    departments: frozenset[int]
    takes_appointments: bool


@dataclass(frozen=True, slots=True)
class WindowInfo:
    """`departments` empty: every department's items. `more` and `less` are items by exception."""

    pk: int
    code: str
    name: str
    kind: str
    departments: frozenset[int]
    more: frozenset[int]
    less: frozenset[int]

    def takes(self, queue: QueueInfo, departments: Iterable[int], items: Iterable[int]) -> bool:
        """Whether a ticket with these items, standing in this queue, may be called here."""
        wanted, own = set(items), self.departments
        if wanted & self.less:
            return False
        if not own:
            return True
        known = set(departments)
        if not known and not queue.departments and queue.kind == "general":
            return False  # nobody knows yet what they came for: only a window that takes everything helps them
        return known <= own or (bool(wanted) and wanted <= self.more)


@dataclass(frozen=True)
class HallMap:
    """A hall's layout, kept in memory for seconds; who is in line is always asked of the database."""

    centre: int
    centre_key: str
    centre_name: str
    centre_kind: str
    division: str
    rules: HallRules
    notice: str
    queues: tuple[QueueInfo, ...]
    windows: tuple[WindowInfo, ...]
    departments: frozenset[int]

    @cached_property
    def _queues(self) -> dict[int, QueueInfo]:
        return {queue.pk: queue for queue in self.queues}

    @cached_property
    def _windows(self) -> dict[int, WindowInfo]:
        return {window.pk: window for window in self.windows}

    def queue(self, pk: int) -> QueueInfo:
        """Raises NotFound."""
        if pk not in self._queues:
            raise NotFound("这个大厅没有这条队伍，请重新选择")
        return self._queues[pk]

    def window(self, pk: int) -> WindowInfo:
        """Raises NotFound: also for a window that is switched off."""
        if pk not in self._windows:
            raise NotFound("这个大厅没有这个窗口，或者窗口已经停用")
        return self._windows[pk]

    def serves(self, window: WindowInfo, queue: QueueInfo) -> bool:
        """Whether the window ever calls from this queue. A green window calls from the general ones."""
        if window.kind != queue.kind and not (window.kind == "green" and queue.kind == "general"):
            return False
        return not window.departments or not queue.departments or bool(window.departments & queue.departments)

    def served_by(self, window: WindowInfo) -> tuple[QueueInfo, ...]:
        return tuple(queue for queue in self.queues if self.serves(window, queue))

    def windows_of(
        self, queue: QueueInfo, departments: Iterable[int] = (), items: Iterable[int] = ()
    ) -> tuple[WindowInfo, ...]:
        """The windows that could call such a ticket. Without items: those that serve the queue at all."""
        wanted, known = tuple(items), tuple(departments)
        return tuple(
            window
            for window in self.windows
            if self.serves(window, queue) and (not wanted or window.takes(queue, known, wanted))
        )

    def ordinary_windows(self, queue: QueueInfo) -> tuple[WindowInfo, ...]:
        """The windows that serve whoever comes to the line, without those for people with a priority only.

        In the line for what no other takes stand people of whom no item is known yet: only a window that takes
        everything is sure to serve them, and others count only where the hall has none of those.
        """
        return self._ordinary[queue.pk]

    @cached_property
    def _ordinary(self) -> dict[int, tuple[WindowInfo, ...]]:
        """Asked for every line at every ticket, so it is reckoned once a layout."""
        found = {}
        for queue in self.queues:
            able = tuple(window for window in self.windows_of(queue) if window.kind == queue.kind)
            found[queue.pk] = tuple(window for window in able if window.takes(queue, (), ())) or able
        return found

    def belongs(self, queue: QueueInfo, departments: Iterable[int], items: Iterable[int]) -> bool:
        """Whether these items are what the line is for, and some window of it takes them."""
        wanted = tuple(departments)
        if queue.departments and not queue.departments >= set(wanted):
            return False
        return bool(self.windows_of(queue, wanted, items))

    def queue_for(self, kind: str, items: Sequence[ItemInfo | Item]) -> QueueInfo:
        """The line for what somebody came for. Raises InvalidInput (no such line) or RuleBroken (not taken here)."""
        wanted = [item if isinstance(item, ItemInfo) else item_info(item.key) for item in items]
        for item in wanted:
            self.refuse_elsewhere(item)
        lines = [queue for queue in self.queues if queue.kind == kind]
        if not lines:
            raise InvalidInput("这里没有这类窗口", [FieldError("kind", "请重新选择要办的事，或者问一问导办台")])
        departments = {item.department for item in wanted}
        own = [queue for queue in lines if departments and departments <= queue.departments]
        rest = [queue for queue in lines if not queue.departments]
        for queue in [*own, *rest, *([] if wanted else lines)]:
            if self.windows_of(queue, departments, [item.pk for item in wanted]):
                return queue
        raise _nowhere(self, wanted)

    def plan(self, kind: str, items: Sequence[ItemInfo]) -> list[tuple[QueueInfo, tuple[ItemInfo, ...]]]:
        """The stations of a visit: one line for all items where a window takes them all, else line after line."""
        try:
            return [(self.queue_for(kind, items), tuple(items))]
        except RuleBroken:
            if len(items) < 2:
                raise
        stations: dict[int, list[ItemInfo]] = {}
        for item in items:
            stations.setdefault(self.queue_for(kind, [item]).pk, []).append(item)
        if len(stations) == 1 and len(items) > 1:  # one line, but no single window: one item after the other
            pk = next(iter(stations))
            return [(self.queue(pk), (item,)) for item in items]
        return [(self.queue(pk), tuple(rows)) for pk, rows in stations.items()]

    def refuse_elsewhere(self, item: ItemInfo) -> None:
        """Raises RuleBroken, naming where the item is taken, when this centre may not take it."""
        delegated = {"township_centre": item.town, "village_station": item.village}.get(self.centre_kind, True)
        if item.department not in self.departments or not delegated:
            raise RuleBroken(
                f"{self.centre_name}不办「{item.name}」，{where_taken(item)}",
                [FieldError("items", "请换一个事项，或者到能办的地方去")],
            )


def where_taken(item: ItemInfo) -> str:
    """Where the item is taken instead, as a clause: 请到桃江县政务服务中心办理（地址，电话）."""
    department = Department.objects.select_related("division").get(pk=item.department)
    hall = (
        Centre.objects.filter(kind="service_centre", division_id=department.division_id, is_open=True)
        .order_by("id")
        .first()
    )
    if hall is None:
        return f"请联系{department.name}{f'（{department.phone}）' if department.phone else ''}"
    place = "，".join(part for part in (hall.address, hall.phone) if part)
    return f"请到{hall.name}办理{f'（{place}）' if place else ''}"


def _nowhere(layout: HallMap, items: Sequence[ItemInfo]) -> RuleBroken:
    names = "、".join(f"「{item.name}」" for item in items)
    if len(items) == 1:
        return RuleBroken(
            f"{layout.centre_name}现在没有能办{names}的窗口，{where_taken(items[0])}",
            [FieldError("items", "请换一个事项，或者问一问导办台")],
        )
    return RuleBroken(f"没有一个窗口能一次办完{names}", [FieldError("items", "请分开取号，或者问一问导办台")])


@remembered(10)
def item_info(code: str) -> ItemInfo:
    """An item in use by key or code. Raises InvalidInput."""
    column = "code" if len(code) == 31 else "key"
    item = Item.objects.in_use().select_related("current").filter(**{column: code[:80]}).first()
    if item is None or item.current is None:
        raise InvalidInput("没有这个事项，或者已经停止办理", [FieldError("items", "请重新选择事项")])
    delegable = item.current.spec.delegable
    return ItemInfo(
        item.pk, item.key, item.code, item.name, item.department_id, bool(delegable.town), bool(delegable.village)
    )


def items_of(codes: Sequence[str]) -> tuple[ItemInfo, ...]:
    """Raises InvalidInput for too many, for one named twice and for one that does not exist."""
    if len(codes) > _MOST_ITEMS:
        raise InvalidInput("一次最多办十件事", [FieldError("items", f"请选不超过 {_MOST_ITEMS} 个事项")])
    found = tuple(item_info(code) for code in codes)
    if len({item.pk for item in found}) < len(found):
        raise InvalidInput("有的事项选了两次", [FieldError("items", "每个事项选一次就够了")])
    return found


def hall_map(centre: Centre | int) -> HallMap:
    """The layout of a centre's hall. Raises NotFound where no hall was set up."""
    return _hall_map(centre if isinstance(centre, int) else centre.pk)


@remembered(10)
def _hall_map(pk: int) -> HallMap:
    hall = Hall.objects.select_related("centre").filter(pk=pk, centre__is_open=True).first()
    if hall is None:
        raise NotFound(_CLOSED)
    centre = hall.centre
    return HallMap(
        centre=centre.pk,
        centre_key=centre.key,
        centre_name=centre.name,
        centre_kind=centre.kind,
        division=centre.division_id,
        rules=hall.told,
        notice=hall.notice,
        queues=_queues(pk),
        windows=_windows(pk),
        departments=frozenset(departments_of(centre).values_list("pk", flat=True)),
    )


def _queues(centre: int) -> tuple[QueueInfo, ...]:
    rows = Queue.objects.filter(centre_id=centre, is_active=True).prefetch_related("departments").order_by("letter")
    return tuple(
        QueueInfo(
            queue.pk,
            queue.letter,
            queue.name,
            queue.kind,
            frozenset(department.pk for department in queue.departments.all()),
            queue.takes_appointments,
        )
        for queue in rows
    )


def _windows(centre: int) -> tuple[WindowInfo, ...]:
    rows = Window.objects.filter(centre_id=centre, is_active=True).prefetch_related("departments").order_by("code")
    exceptions: dict[tuple[int, bool], set[int]] = {}
    for one in WindowItem.objects.filter(window__centre_id=centre):
        exceptions.setdefault((one.window_id, one.takes), set()).add(one.item_id)
    return tuple(
        WindowInfo(
            window.pk,
            window.code,
            window.name,
            window.kind,
            frozenset(department.pk for department in window.departments.all()),
            frozenset(exceptions.get((window.pk, True), ())),
            frozenset(exceptions.get((window.pk, False), ())),
        )
        for window in rows
    )


@remembered(10)
def cannot_take(posting: int) -> frozenset[int]:
    """The items the person of a posting cannot take."""
    return frozenset(PostingItem.objects.filter(posting_id=posting).values_list("item_id", flat=True))
