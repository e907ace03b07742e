"""Typed reading of a regulation profile: what the place sets, never an `if` on the place's name. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class ProfileRules(BaseModel):
    """Local values; days are natural days, workdays working days. Defaults are ours where no text gives one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chief_title: str = "首席事务代表"
    township_name: str = "便民服务中心"
    village_name: str = "便民服务站"
    notice_workdays: int | None = None
    sign_workdays: int = 1
    correction_days: int = 30
    correction_overdue: Literal["deem_withdrawn", "wait"] = "deem_withdrawn"
    deferral_max_days: int = 30
    delivery_workdays: int = 10
    commitment_check_days: int = 60
    assist_workdays: int = 3
    loop_terms: dict[str, int] = {}
    """Other numbers for the limits of ratings, complaints and questions: `rating.contact`: 1 (working days)."""
    discipline_copied: bool = False
    """Every complaint is copied to the discipline organ, not only those about fees, attitude and refusal (XX-25.2)."""
    alike_threshold: int = 3
    alike_days: int = 30
    """So many like complaints in so many days are a systemic issue (XX-25.5)."""
    default_rating_days: int | None = None
    """After so many days without a word a visit counts as 基本满意, by default; None: silence is not a rating."""


def rules_of(raw: dict[str, Any]) -> ProfileRules:
    return ProfileRules.model_validate(raw)
