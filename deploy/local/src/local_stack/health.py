"""Whether a part says that it is ready: a service by gRPC's health protocol, the portal and the edge by HTTP."""

import ssl
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from local_stack.certificates import Certificate
from local_stack.ports import is_listening


def serving(address: str, *, service: str, client: Certificate) -> Callable[[], bool]:
    """A probe of the service behind `host:port`; `client` is who asks."""
    credentials = grpc.ssl_channel_credentials(
        client.authority.read_bytes(), client.key.read_bytes(), client.certificate.read_bytes()
    )
    options = [("grpc.ssl_target_name_override", service)]

    def is_serving() -> bool:
        if not is_listening(int(address.rpartition(":")[2])):  # costs a hundredth of what a channel costs
            return False
        # A channel of its own for each question: one that was refused waits longer and longer before it tries again.
        with grpc.secure_channel(address, credentials, options) as channel:
            ask = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=HealthCheckRequest.SerializeToString,
                response_deserializer=HealthCheckResponse.FromString,
            )
            try:
                answer = ask(HealthCheckRequest(), timeout=1)
            except grpc.RpcError:
                return False
        return answer.status == HealthCheckResponse.SERVING

    return is_serving


def answers(address: str, path: str, *, client: Certificate | None = None) -> bool:
    """Whether HTTP on `host:port` answers 200; a proxy of the environment is not asked.

    `client` is who asks, over mutual TLS; without one it is plain HTTP.
    """
    connection = (
        HTTPSConnection(address, timeout=2, context=_tls(client)) if client else HTTPConnection(address, timeout=2)
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _tls(client: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=client.authority)
    context.load_cert_chain(client.certificate, client.key)
    return context
