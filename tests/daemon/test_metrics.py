"""Figures out of a /proc that the test has written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fleet.daemon import machine, metrics
from fleet.daemon.metrics import Metrics
from fleet.daemon.processes import Processes


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net").mkdir()
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
    (tmp_path / "uptime").write_text("12345.67 99.0\n")
    (tmp_path / "mounts").write_text(
        "/dev/root / ext4 rw 0 0\nserver:/x /dead nfs4 rw 0 0\n/dev/root /again ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n"
    )
    monkeypatch.setattr(metrics, "SPAN_LEAST", 0.0)
    cpu(tmp_path, 0, 0)
    network(tmp_path, 0, 0)
    return tmp_path


def cpu(proc: Path, busy: int, idle: int) -> None:
    (proc / "stat").write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 9 9 9 9\n")


def network(proc: Path, received: int, sent: int) -> None:
    head = "Inter-|   Receive\n face |bytes packets\n"
    (proc / "net" / "dev").write_text(f"{head}  lo: 9 0 0 0 0 0 0 0 9\n  eth0:{received} 0 0 0 0 0 0 0 {sent} 0\n")


def process(proc: Path, pid: int, name: str, ticks: int, pages: int = 1) -> None:
    (proc / str(pid)).mkdir(exist_ok=True)
    fields = ["0"] * 50
    fields[0], fields[11], fields[12], fields[19], fields[21] = "S", str(ticks), "0", "100", str(pages)
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")


def test_the_four_figures_have_document_3s_names(proc: Path) -> None:
    measured = Metrics(proc)
    cpu(proc, 30, 70)
    figures = measured.brief()

    assert set(figures) == {"cpu_percent", "mem_percent", "disk_percent", "uptime_s"}
    assert (figures["cpu_percent"], figures["mem_percent"], figures["uptime_s"]) == (30.0, 75.0, 12345)
    assert 0 <= figures["disk_percent"] <= 100


def test_the_share_of_the_cpu_is_that_since_the_time_before(proc: Path) -> None:
    measured = Metrics(proc)
    cpu(proc, 100, 0)
    assert measured.cpu_percent() == 100.0
    cpu(proc, 100, 300)
    assert measured.cpu_percent() == 0.0


def test_counters_that_begin_anew_give_no_share_outside_of_0_to_100(proc: Path) -> None:
    cpu(proc, 1000, 1000)
    measured = Metrics(proc)
    cpu(proc, 10, 1500)

    assert measured.cpu_percent() in (None, 0.0)


def test_disks_are_those_of_this_machine_each_once(proc: Path) -> None:
    assert [disk["mount"] for disk in Metrics(proc).disks()] == ["/"]


def test_the_network_is_bytes_a_second_without_loopback(proc: Path) -> None:
    measured = Metrics(proc)
    network(proc, 5000, 1000)
    (rates,) = measured.network()

    assert rates["name"] == "eth0"
    assert rates["in"] > rates["out"] > 0


def test_the_busiest_ten_processes_come_first_whatever_they_call_themselves(proc: Path) -> None:
    for pid in range(1, 15):
        process(proc, pid, f"p{pid}", ticks=0)
    seen = Processes(proc)
    seen.busiest()
    time.sleep(0.11)
    process(proc, 7, "a) R (b", ticks=50)
    top = seen.busiest()

    assert len(top) == 10
    assert (top[0]["pid"], top[0]["name"], top[0]["rss"]) == (7, "a) R (b", os.sysconf("SC_PAGE_SIZE"))
    assert top[0]["cpu_percent"] > 0 == top[1]["cpu_percent"]


def test_a_system_without_proc_leaves_out_what_it_does_not_tell(tmp_path: Path) -> None:
    measured = Metrics(tmp_path / "none")

    assert set(measured.brief()) == {"disk_percent", "uptime_s"}
    assert set(measured.full()) == {"disk_percent", "uptime_s", "load"}


def test_this_machine_is_measured_within_its_bounds() -> None:
    figures = Metrics().full()

    assert all(0 <= figures[name] <= 100 for name in ("mem_percent", "disk_percent"))
    assert any(one["pid"] for one in figures["processes"])


def test_the_name_of_the_system_is_short_and_known() -> None:
    said = machine.parse_os_release('# x\nNAME="Ubuntu"\nVERSION_ID="24.04"\nPRETTY_NAME=\'Ubuntu 24.04.1 LTS\'\n')

    assert (said["NAME"], said["VERSION_ID"]) == ("Ubuntu", "24.04")
    facts = machine.facts()
    assert facts["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert not [each for each in facts["ips"] if each.startswith("127.") or each == "::1"]
