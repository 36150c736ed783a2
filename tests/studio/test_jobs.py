"""Jobs run in processes of their own: progress, results, errors, crashes, queue and cancelling."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gezhi.studio.jobs import Job, Jobs, State, TooManyJobs
from gezhi.studio.tasks import TASKS, find_task

WORKER = (str(Path(__file__).parent / "odd_worker.py"),)


def job(task, **parameters):
    return Job(task=f"odd.{task}", parameters=parameters, page="/")


def with_jobs(scenario, *, at_once=1, waiting=8):
    """Run a scenario with jobs, and close them."""

    async def whole():
        jobs = Jobs(at_once=at_once, waiting=waiting, worker=WORKER)
        try:
            return await asyncio.wait_for(scenario(jobs), 60)
        finally:
            await jobs.close()

    return asyncio.run(whole())


async def end_of(jobs, one):
    return [
        (change.state, change.done, change.total)
        async for change in jobs.watch(one)
        if change is not None
    ]


def run_to_end(one):
    async def scenario(jobs):
        jobs.start(one)
        return await end_of(jobs, one)

    return with_jobs(scenario)


def alive(process_id):
    """Whether a process runs; one that is dead and not yet collected does not."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition, seconds=20):
    for _ in range(seconds * 20):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_job_reports_progress_and_gives_its_result():
    one = job("count", total=30, pause=0.03)
    states = run_to_end(one)
    assert one.state is State.DONE
    assert one.result == {"counted": 30, "text": "好"}
    assert states[0][0] is State.QUEUED
    assert states[-1] == (State.DONE, 30, 30)
    done = [done for _, done, _ in states]
    assert done == sorted(done)
    assert any(0 < count < 30 for count in done)


def test_the_time_left_follows_the_speed_so_far(monkeypatch):
    one = job("count")
    monkeypatch.setattr("gezhi.studio.jobs.time.monotonic", lambda: 130.0)
    assert one.seconds_left is None
    one.update(state=State.RUNNING, begun=100.0, total=400)
    assert one.seconds_left is None
    one.update(done=100)
    assert one.seconds_left == 90.0
    one.update(done=400)
    assert one.seconds_left == 0.0
    one.update(state=State.DONE)
    assert one.seconds_left is None


def test_the_librarys_error_is_its_one_sentence():
    one = job("refuse")
    run_to_end(one)
    assert one.state is State.FAILED
    assert one.error == "source.csv: row 3 is <ragged>"


def test_a_crash_is_told_apart_from_an_error():
    one = job("crash")
    run_to_end(one)
    assert one.state is State.CRASHED
    assert one.error == "RuntimeError: the reactor is on fire"


def test_a_process_that_just_ends_is_a_crash():
    one = job("die")
    run_to_end(one)
    assert one.state is State.CRASHED
    assert one.error == "exit code 9"


def test_a_worker_that_cannot_start_is_a_crash():
    async def scenario(jobs):
        jobs.worker = ("/no/such/file.py",)
        one = job("count", total=1)
        jobs.start(one)
        await end_of(jobs, one)
        return one

    one = with_jobs(scenario)
    assert one.state is State.CRASHED
    assert "No such file" in one.error


def test_cancelling_ends_the_process_and_its_children(tmp_path):
    ids = tmp_path / "ids"

    async def scenario(jobs):
        one = job("hang", ids=str(ids))
        jobs.start(one)
        while not ids.exists():
            await asyncio.sleep(0.05)
        processes = [int(text) for text in ids.read_text().split()]
        assert all(map(alive, processes))
        await jobs.cancel(one)
        return one, processes

    one, processes = with_jobs(scenario)
    assert one.state is State.CANCELLED
    assert wait_until(lambda: not any(map(alive, processes)))


def test_closing_ends_what_runs_and_what_waits(tmp_path):
    ids = tmp_path / "ids"

    async def scenario(jobs):
        running, waiting = job("hang", ids=str(ids)), job("count", total=1)
        jobs.start(running)
        jobs.start(waiting)
        while not ids.exists():
            await asyncio.sleep(0.05)
        return running, waiting, [int(text) for text in ids.read_text().split()]

    running, waiting, processes = with_jobs(scenario)
    assert running.state is State.CANCELLED
    assert waiting.state is State.CANCELLED
    assert wait_until(lambda: not any(map(alive, processes)))


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_run_at_once_than_may(at_once):
    async def scenario(jobs):
        some = [job("count", total=3, pause=0.05) for _ in range(4)]
        for one in some:
            jobs.start(one)
        most = 0
        while not all(one.finished for one in some):
            most = max(most, sum(one.state is State.RUNNING for one in some))
            await asyncio.sleep(0.01)
        return most, some

    most, some = with_jobs(scenario, at_once=at_once)
    assert most == at_once
    assert {one.state for one in some} == {State.DONE}


def test_the_queue_is_bounded_and_tells_the_place():
    async def scenario(jobs):
        first = job("count", total=100, pause=0.05)
        jobs.start(first)
        while first.state is State.QUEUED:
            await asyncio.sleep(0.01)
        second, third = job("count", total=1), job("count", total=1)
        jobs.start(second)
        jobs.start(third)
        assert [jobs.place(one) for one in (second, third)] == [0, 1]
        with pytest.raises(TooManyJobs):
            jobs.start(job("count", total=1))
        await jobs.cancel(second)
        assert jobs.place(third) == 0
        await jobs.cancel(first)
        await end_of(jobs, third)
        return second, third

    second, third = with_jobs(scenario, waiting=2)
    assert second.state is State.CANCELLED
    assert third.state is State.DONE


def test_cancelling_what_is_over_changes_nothing():
    async def scenario(jobs):
        one = job("count", total=1)
        jobs.start(one)
        await end_of(jobs, one)
        await jobs.cancel(one)
        return one

    assert with_jobs(scenario).state is State.DONE


def test_stopping_ends_every_watch():
    async def scenario(jobs):
        one = job("count", total=1000, pause=0.1)
        jobs.start(one)
        watching = asyncio.create_task(end_of(jobs, one))
        await asyncio.sleep(0.3)
        jobs.stop_watching()
        await asyncio.wait_for(watching, 5)
        return one

    assert not with_jobs(scenario).result


def test_ids_cannot_be_guessed():
    ids = {job("count").id for _ in range(1000)}
    assert len(ids) == 1000
    assert min(map(len, ids)) >= 24


def test_every_registered_task_exists():
    for name in TASKS:
        assert callable(find_task(name)), name


def test_a_worker_ends_when_its_studio_is_gone(tmp_path):
    ids = tmp_path / "ids"
    order = f'{{"task": "odd.hang", "parameters": {{"ids": "{ids}"}}}}\n'
    worker = subprocess.Popen(
        [sys.executable, *WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    worker.stdin.write(order.encode())
    worker.stdin.flush()
    try:
        assert wait_until(ids.exists)
        worker.stdin.close()
        assert worker.wait(timeout=20) == 3
    finally:
        os.killpg(worker.pid, 9)
