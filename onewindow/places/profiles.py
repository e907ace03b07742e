"""Typed reading of a regulation profile: what the place sets, never an `if` on the place's name. Pure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


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
    evidence_files: int = Field(10, ge=1, le=50)
    evidence_mb: int = Field(20, ge=1, le=20)
    """So many files, each so large, may either side put to one complaint."""
    default_rating_days: int | None = None
    """After so many days without a word a visit counts as 基本满意, by default; None: silence is not a rating."""
    rating_few: int = Field(10, ge=1, le=1000)
    """Fewer ratings than this show no share and no mean: too few to judge, and in public too close to a person."""
    rating_channels: dict[str, Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,4}$")]] = {}
    """What the higher platform calls our channels (`pf`), where it sets other codes than voice.push.CHANNELS."""


def rules_of(raw: dict[str, Any]) -> ProfileRules:
    return ProfileRules.model_validate(raw)
