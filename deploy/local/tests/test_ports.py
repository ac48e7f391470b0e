"""Which port a component gets."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.ports import LOOPBACK, KeptPorts, Ports, is_free, is_listening


def test_the_usual_port_is_taken_when_it_is_free() -> None:
    """OP-01: addresses are the same at every start, as long as nobody else has them."""
    usual = Ports().take()
    assert usual == Ports().take(usual)


def test_a_busy_port_is_left_alone() -> None:
    """OP-01: a server that has the usual port keeps it; the stack takes another."""
    with socket.create_server((LOOPBACK, 0)) as server:
        busy = server.getsockname()[1]
        assert not is_free(busy)
        assert is_listening(busy)
        assert busy != Ports().take(busy)


def test_no_port_is_handed_out_twice() -> None:
    """OP-01: two parts of one stack never get the same port, though neither listens yet."""
    ports = Ports()
    first = ports.take()
    taken = [first, ports.take(first), *(ports.take() for _ in range(50))]
    assert len(taken) == len(set(taken))


def test_another_process_does_not_get_it_before_it_is_used() -> None:
    """OP-01: two stacks that start at the same moment never get the same port, though nobody listens there yet."""
    mine = Ports().take()
    ask = f"from local_stack.ports import Ports; print(Ports().take({mine}))"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)

    assert mine != int(asked.stdout)


def test_a_port_that_people_know_stays(tmp_path: Path) -> None:
    """CASE-U10: the next start takes the port of the last one, not the usual one, and says nothing."""
    file, said = tmp_path / "ports.json", list[str]()
    first = KeptPorts(file, Ports(), said.append).take("gateway", None)
    assert first == KeptPorts(file, Ports(), said.append).take("gateway", Ports().take())
    assert [] == said


def test_a_port_that_somebody_else_has_by_now_is_said(tmp_path: Path) -> None:
    """CASE-U10: the usual port takes its place, else any, and the person hears where older links lead."""
    file, said, usual = tmp_path / "ports.json", list[str](), Ports().take()
    with socket.create_server((LOOPBACK, 0)) as server:
        before = server.getsockname()[1]
        file.write_text(f'{{"gateway": {before}}}', encoding="ascii")
        assert usual == KeptPorts(file, Ports(), said.append).take("gateway", usual)
    expected = f"gateway is at port {usual} from now on: somebody else has {before}, where older links lead."
    assert [expected] == said


@pytest.mark.parametrize("content", ["", "[]", '{"gateway": "8080"}', "{"])
def test_ports_that_cannot_be_read_are_taken_anew(tmp_path: Path, content: str) -> None:
    """CASE-S12: a damaged list of ports stops nobody."""
    file, usual = tmp_path / "ports.json", Ports().take()
    file.write_text(content, encoding="ascii")
    assert usual == KeptPorts(file, Ports(), lambda _: None).take("gateway", usual)
