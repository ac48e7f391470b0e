"""Which port a component gets."""

import socket
import subprocess
import sys

from local_stack.ports import LOOPBACK, Ports, is_free, is_listening


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
