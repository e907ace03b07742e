"""`ow outbox`: what waits to be sent and what was given up; `ow outbox replay` puts the latter back in line."""

from __future__ import annotations

import sys

USAGE = "用法：ow outbox            看有多少消息在等、多少发不出去\n      ow outbox replay     把发不出去的重新排上\n"


def run(argv: list[str]) -> int:
    """Exit status: 0 nothing given up or replayed, 1 something was given up, 2 the call is wrong."""
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    if argv not in ([], ["replay"]):
        sys.stderr.write(USAGE)
        return 2
    from django.db.models import Count, Min

    from onewindow.exchange import sender
    from onewindow.exchange.models import OutboxMessage

    if argv:
        sys.stdout.write(f"重新排上 {sender.replay(OutboxMessage.objects.all())} 条消息。\n")
        return 0
    rows = (
        OutboxMessage.objects.exclude(state="sent")
        .values("topic", "state")
        .annotate(n=Count("pk"), oldest=Min("created_at"))
        .order_by("topic", "state")
    )
    labels = dict(OutboxMessage.STATES)
    for row in rows:
        sys.stdout.write(
            f"{row['topic']:32} {labels[row['state']]} {row['n']:>7}  最早 {row['oldest']:%Y-%m-%d %H:%M}\n"
        )
    given_up = sum(row["n"] for row in rows if row["state"] == "dead")
    sys.stdout.write(f"发送失败 {given_up} 条。\n" if given_up else "没有发送失败的消息。\n")
    return 1 if given_up else 0
