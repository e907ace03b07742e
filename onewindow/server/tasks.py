"""Housekeeping of the job queue itself."""

from __future__ import annotations

from procrastinate.contrib.django import app

_STALLED = 60  # seconds without a sign of life from the worker that had the job
_KEPT_HOURS = 72


@app.periodic(cron="* * * * *")
@app.task(name="server.retry_stalled_jobs", queueing_lock="server.retry_stalled_jobs")
async def retry_stalled_jobs(timestamp: int) -> None:
    """A worker that was killed leaves its job marked as running: give it to another."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED):
        await app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="server.remove_old_jobs", queueing_lock="server.remove_old_jobs")
async def remove_old_jobs(timestamp: int) -> None:
    """Jobs that ended well are of no use after three days; failed ones stay for the operator."""
    await app.job_manager.delete_old_jobs(nb_hours=_KEPT_HOURS, include_failed=False)
