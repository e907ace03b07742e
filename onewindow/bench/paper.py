"""How long a paper takes to draw, by kind, in milliseconds, in steady state on one thread."""

from __future__ import annotations

from statistics import median, quantiles
from time import perf_counter
from typing import Any

from onewindow.papers.data import PaperData, PaperKind
from onewindow.papers.render import render_pdf
from onewindow.papers.samples import sample


def run(n: int = 200) -> dict[str, float]:
    """``{"acceptance median": 7.9, "acceptance p95": 9.1, …}``: ``n`` papers of each kind, every one different."""
    figures: dict[str, float] = {}
    for kind in PaperKind:
        took = _times(kind, n)
        figures[f"{kind.value} median"] = round(median(took), 2)
        figures[f"{kind.value} p95"] = round(quantiles(took, n=20)[-1] if len(took) > 1 else took[0], 2)
    return figures


def _times(kind: PaperKind, n: int) -> list[float]:
    """Milliseconds of each paper; three before them load fonts and templates."""
    papers = [_another(kind, i) for i in range(n + 3)]
    took = []
    for data in papers:
        start = perf_counter()
        render_pdf(kind, data)
        took.append((perf_counter() - start) * 1000)
    return took[3:]


def _another(kind: PaperKind, i: int) -> PaperData:
    """A paper of another person with another code, so that nothing is answered from a cache."""
    code = f"K7QF-{i:04d}-4T8D"
    changes: dict[str, Any] = {
        "code": code,
        "verify_url": f"https://zw.taojiang.example/verify/{code}",
        "applicant": {"name": f"周桂{chr(0x5000 + i % 2000)}", "id_masked": f"4309**********{i % 10_000:04d}"},
        "query_number": f"TJ26-{i:04d}-7",
    }
    return sample(kind, **changes)
