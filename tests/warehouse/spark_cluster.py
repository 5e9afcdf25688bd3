"""A real Spark standalone cluster on loopback: one master, workers of one core and 512 MB, each a process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULTS = """
spark.driver.memory 1g
spark.executor.memory 512m
spark.executor.cores 1
spark.eventLog.enabled true
spark.eventLog.dir {events}
spark.eventLog.compress false
spark.eventLog.rolling.enabled false
spark.sql.shuffle.partitions 1
spark.sql.files.minPartitionNum 1
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.codegen.wholeStage false
spark.sql.adaptive.enabled false
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=120m -XX:+UseSerialGC
"""


@dataclass
class Cluster:
    """The address, the workers' processes, the environment of whoever uses it, and what its driver recorded."""

    master: str
    workers: list[subprocess.Popen[bytes]]
    environment: dict[str, str]
    events: Path

    def kill(self, worker: int) -> None:
        """The worker and its executor die at once, as of a machine that lost its power."""
        os.killpg(self.workers[worker].pid, signal.SIGKILL)
        self.workers[worker].wait()

    def recorded(self) -> list[dict[str, Any]]:
        """The events that the driver has written so far; its last line may be half."""
        found = []
        for log in self.events.iterdir():
            for line in log.read_text("utf-8").splitlines():
                with suppress(json.JSONDecodeError):
                    found.append(json.loads(line))
        return found

    def tasks(self) -> list[tuple[str, int]]:
        """Executor and finish time (ms) of every task that succeeded."""
        ended = (one for one in self.recorded() if one["Event"] == "SparkListenerTaskEnd")
        return [
            (one["Task Info"]["Executor ID"], one["Task Info"]["Finish Time"])
            for one in ended
            if one["Task End Reason"]["Reason"] == "Success"
        ]


@contextmanager
def cluster(spark_home: Path, folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster whose workers are all registered; nothing of it is left afterwards."""
    events, settings = folder / "events", folder / "conf"
    events.mkdir()
    settings.mkdir()
    (settings / "spark-defaults.conf").write_text(DEFAULTS.format(events=events.as_uri()))
    environment = os.environ | {
        "SPARK_HOME": str(spark_home), "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "128m", "SPARK_WORKER_DIR": str(folder / "work"), "NO_PROXY": "127.0.0.1,localhost",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "SPARK_NO_DAEMONIZE": "1",
    }  # fmt: skip
    port, page = _free_port(), _free_port()
    master = f"spark://127.0.0.1:{port}"
    running: list[subprocess.Popen[bytes]] = []
    deploy = "org.apache.spark.deploy"
    try:
        with (folder / "cluster.log").open("ab") as log:
            kinds = [[f"{deploy}.master.Master", "--port", str(port), "--webui-port", str(page)]]
            small = ["--cores", "1", "--memory", "512M", "--webui-port", "0", master]
            kinds += [[f"{deploy}.worker.Worker", *small] for _ in range(workers)]
            for kind, *words in kinds:
                command = [str(spark_home / "bin" / "spark-class"), kind, "--host", "127.0.0.1", *words]
                started = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
                running.append(started)
        _wait_for(page, workers)
        yield Cluster(master, running[1:], environment, events)
    finally:
        for one in running:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
        shutil.rmtree(folder / "work", ignore_errors=True)


def _wait_for(page: int, workers: int) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, OSError, ValueError):
            told = json.loads(opener.open(f"http://127.0.0.1:{page}/json/", timeout=5).read())
            if sum(one["state"] == "ALIVE" for one in told["workers"]) == workers:
                return
        time.sleep(0.2)
    raise AssertionError("the workers did not register")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
