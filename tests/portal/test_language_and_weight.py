"""Plain words on every page, one h1, labelled fields, and little enough to load on a slow phone."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import COMPANY, FOOD, Cast
from tests.portal.visiting import text_of, to_review, visitor

pytestmark = pytest.mark.django_db

PUBLIC = ["/", "/items/", "/items/?q=开饭店", f"/items/{FOOD}/", f"/items/{COMPANY}/", "/login/", "/apply/", "/track/",
          "/verify/", "/verify/AAAABBBBCCCCDDDD", "/about/"]  # fmt: skip
OFFICIALESE = ["予以", "特此", "材料不完备", "贵单位", "请知悉", "你", "Error", "error_", "None", "True", "null"]
STATIC = Path(settings.BASE_DIR) / "onewindow" / "faces" / "static"


def pages(cast: Cast) -> dict[str, str]:
    """Every page of the portal by its address, public and personal."""
    client = visitor(cast)
    case, draft = cast.walk_to("correcting"), to_review(client)
    personal = ["/my/", f"/my/{case.number}/", f"/my/{case.number}/clock/", f"/my/{case.number}/withdraw/",
                f"/apply/{FOOD}/", *(f"/apply/draft/{draft.pk}/{s}/" for s in ("situation", "contact", "materials", "review"))]  # fmt: skip  # noqa: E501
    found = {where: text_of(Client().get(where)) for where in PUBLIC}
    return found | {where: text_of(client.get(where)) for where in personal}


def words_of(page: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page[page.index("<body") :], flags=re.S)
    return re.sub(r"<[^>]+>", " ", body)


def test_every_page_speaks_plainly(cast: Cast) -> None:
    for where, page in pages(cast).items():
        told = words_of(page)
        for word in OFFICIALESE:
            assert word not in told, f"{where}: {word}"


def test_every_page_has_one_heading_a_title_and_the_care_switch(cast: Cast) -> None:
    for where, page in pages(cast).items():
        assert page.count("<h1") == 1, where
        assert re.search(r"<title>[^<]+</title>", page), where
        assert 'action="/care/"' in page, where
        assert 'lang="zh-CN"' in page, where


def test_every_field_has_a_label(cast: Cast) -> None:
    for where, page in pages(cast).items():
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if 'type="hidden"' in tag or "aria-label=" in tag:
                continue
            named = re.search(r'\bid="([^"]+)"', tag)
            assert named, f"{where}: {tag}"
            assert f'for="{named[1]}"' in page, f"{where}: {tag}"


def test_ids_are_unique(cast: Cast) -> None:
    for where, page in pages(cast).items():
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), where


def test_forms_that_change_something_carry_a_token(cast: Cast) -> None:
    for where, page in pages(cast).items():
        for form in re.findall(r"<form\b.*?</form>", page, flags=re.S):
            if 'method="post"' in form and 'action="/care/"' not in form:
                assert "csrfmiddlewaretoken" in form, where


def test_first_paint_stays_below_fifty_kilobytes(cast: Cast) -> None:
    for where, page in pages(cast).items():
        parts = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)
        assert parts
        whole = [page.encode(), *((STATIC / part).read_bytes() for part in parts)]
        size = sum(len(gzip.compress(part)) for part in whole)
        assert size < 50_000, f"{where}: {size}"


def test_no_address_of_a_link_carries_personal_data(cast: Cast) -> None:
    from tests.cast import CITIZEN

    for where, page in pages(cast).items():
        for link in re.findall(r'(?:href|action)="([^"]+)"', page):
            for secret in (CITIZEN["name"], CITIZEN["id_number"], CITIZEN["phone"]):
                assert secret not in link, f"{where}: {link}"
