"""One UDP socket and one TCP listener for all media of a worker (RFC 7983, RFC 6544).

Whose a datagram is, is known from the address it comes from; an address belongs to a transport after a connectivity
check that is signed with its password. Whatever else comes is counted and forgotten: nothing is kept for it, nothing is
answered to it, and nothing is logged per packet.
"""

import asyncio
import ipaddress
import socket
from collections import defaultdict
from collections.abc import Callable, Sequence

from aiortc import RTCCertificate

from media.addresses import list_candidates, resolve_host
from media.dtls import fingerprint_of, make_context
from media.sdp import Candidate, Peer
from media.srtp import PacketBuffer
from media.stun import BindingRequest, binding_response, read_binding_request, role_conflict
from media.tcp_framing import TcpConnection
from media.transport import Address, Credentials, Path, Receiver, Shared, Transport

DATAGRAMS_A_TURN = 64
"""Datagrams read before others have their turn on the loop: a millisecond of work."""

SOCKET_BUFFER_BYTES = 4 << 20
"""Wanted of the kernel for each direction: 100 ms of a full worker. Its rmem_max and wmem_max may allow less."""

ADDRESS_HOLD = 10.0
"""Seconds that an address stays with a transport that was heard on it: another that claims it meanwhile has forged the
sender's address. Peers check their path each 2.5 to 6 s, so it is free soon after they have gone."""

TCP_CONNECTIONS_MAX = 1024
"""Connections of a worker: its sessions, and some that change."""

TCP_STRANGERS_MAX = 128
"""Connections that have not shown yet whose they are. One more, and the oldest of them has to go."""

TCP_STRANGER_DEADLINE = 10.0
"""Seconds until a connection has to have shown whose it is."""

TCP_SILENCE_MAX = 30.0
"""Seconds without anything authentic on a connection: as consent to send, RFC 7675."""

TCP_BACKLOG = 128

LAST_OF_STUN = 3
FIRST_OF_DTLS, LAST_OF_DTLS = 20, 63
FIRST_OF_MEDIA, LAST_OF_MEDIA = 128, 191
"""What the first byte of a datagram says (RFC 7983, section 7)."""

Clock = Callable[[], float]


class MediaPort:
    """See the module. `dropped` counts by reason; `outbound` is the buffer for `Transport.send_buffered`."""

    def __init__(
        self,
        udp: socket.socket,
        listener: socket.socket,
        public_addresses: Sequence[str],
        certificate: RTCCertificate,
        clock: Clock,
    ) -> None:
        self.dropped: dict[str, int] = defaultdict(int)
        self.outbound = PacketBuffer()
        self.udp_port: int = udp.getsockname()[1]
        self.tcp_port: int = listener.getsockname()[1]
        self.candidates: tuple[Candidate, ...] = list_candidates(
            udp.getsockname()[0], public_addresses, self.udp_port, self.tcp_port
        )
        self._clock = clock
        self._udp = udp
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._inbound = PacketBuffer()
        self._credentials: dict[bytes, Credentials] = {}
        self._by_address: dict[Address, Transport] = {}
        self._transports: dict[Transport, None] = {}
        self._connections: dict[TcpConnection, None] = {}
        self._strangers: dict[TcpConnection, None] = {}
        self._shared = Shared(
            context=make_context(certificate),
            fingerprint=fingerprint_of(certificate),
            inbound=self._inbound,
            outbound=self.outbound,
            control=PacketBuffer(),
            dropped=self.dropped,
            sendto=udp.sendto,
            forget_path=self._forget_path,
            forget=self._forget,
        )

    @classmethod
    async def open(
        cls,
        host: str,
        udp_port: int,
        tcp_port: int,
        public_addresses: Sequence[str],
        certificate: RTCCertificate,
        clock: Clock,
    ) -> "MediaPort":
        """Bind and listen. `host` is an address or a name; "::" takes IPv4, too. Port 0: a free one.

        With both ports 0, TCP has the number of UDP if it is free. `public_addresses` are what peers are told instead
        of the bound address: those of a NAT that maps the ports one to one. Raises `OSError`, and `ValueError` for a
        public address that is none.
        """
        family, address = await resolve_host(host)
        udp = _bind(family, socket.SOCK_DGRAM, address, udp_port)
        try:
            listener = _bind_listener(family, address, tcp_port, udp.getsockname()[1])
        except OSError:
            udp.close()
            raise
        try:
            port = cls(udp, listener, public_addresses, certificate, clock)
        except ValueError:
            udp.close()
            listener.close()
            raise
        loop = asyncio.get_running_loop()
        port._server = await loop.create_server(
            lambda: TcpConnection(port, clock()), sock=listener, backlog=TCP_BACKLOG
        )
        loop.add_reader(udp.fileno(), port._readable)
        return port

    # --- Transports ---

    def transport(self, peer: Peer, receiver: Receiver) -> Transport:
        """A new association with who made this offer; `Transport.local` is for the answer."""
        transport = Transport(self._shared, peer, receiver, self._clock())
        self._transports[transport] = None
        self._remember(transport)
        return transport

    def restart(self, transport: Transport, peer: Peer) -> None:
        """ICE restart (RFC 8445, section 9), if the offer has other credentials; media goes on meanwhile."""
        if peer.ufrag == transport.peer.ufrag and peer.password == transport.peer.password:
            return
        self._discard(transport.renew(peer))
        self._remember(transport)

    def tick(self, now: float) -> None:
        """Look after deadlines, retransmissions and silent peers; about ten times a second."""
        for transport in tuple(self._transports):
            transport.tick(now)
        for connection in tuple(self._strangers):
            if now - connection.last_heard > TCP_STRANGER_DEADLINE:
                self.dropped["tcp_stranger"] += 1
                self._abort(connection)
        for connection in tuple(self._connections):
            if now - connection.last_heard > TCP_SILENCE_MAX:
                self.dropped["tcp_silent"] += 1
                self._abort(connection)

    def close(self) -> None:
        """End all transports and connections, and free the ports."""
        if self._udp.fileno() < 0:
            return
        for transport in tuple(self._transports):
            transport.close()
        for connection in tuple(self._connections):
            self._abort(connection)
        if self._server is not None:
            self._server.close()
        asyncio.get_running_loop().remove_reader(self._udp.fileno())
        self._udp.close()
        self._listener.close()

    # --- What comes by UDP ---

    def _readable(self) -> None:
        """Take what has come. The way of media is kept short: it is gone a hundred thousand times a second."""
        now = self._clock()
        receive, view, transports = self._udp.recvfrom_into, self._inbound.view, self._by_address
        for _ in range(DATAGRAMS_A_TURN):
            try:
                length, address = receive(view)
            except BlockingIOError:
                return
            except OSError:  # an ICMP message about something sent before
                self.dropped["receive_failed"] += 1
                continue
            if FIRST_OF_MEDIA <= view[0] <= LAST_OF_MEDIA:
                transport = transports.get(address)
                if transport is not None:
                    transport.receive_media(length, now)
                else:
                    self.dropped["unknown_address"] += 1
            else:
                self._received_control(self._inbound.buffer[:length], address, now)

    def _received_control(self, datagram: bytes, address: Address, now: float) -> None:
        first = datagram[0] if datagram else FIRST_OF_MEDIA
        if first <= LAST_OF_STUN:
            self._received_stun(datagram, address, now)
        elif FIRST_OF_DTLS <= first <= LAST_OF_DTLS:
            transport = self._by_address.get(address)
            if transport is not None:
                transport.receive_dtls(datagram, now)
            else:
                self.dropped["unknown_address"] += 1
        else:
            self.dropped["garbage"] += 1

    # --- What comes by TCP ---

    def tcp_opened(self, connection: TcpConnection) -> None:
        """A stranger; there may be some of them, but not more."""
        if len(self._connections) >= TCP_CONNECTIONS_MAX and not self._strangers:
            self.dropped["tcp_full"] += 1
            connection.abort()
            return
        if len(self._strangers) >= TCP_STRANGERS_MAX or len(self._connections) >= TCP_CONNECTIONS_MAX:
            self.dropped["tcp_stranger"] += 1
            self._abort(next(iter(self._strangers)))
        self._connections[connection] = None
        self._strangers[connection] = None

    def tcp_received(self, connection: TcpConnection, frames: list[bytes]) -> None:
        """As by UDP, but the connection is the address."""
        now = self._clock()
        for frame in frames:
            if not connection.is_open:
                return
            first = frame[0] if frame else LAST_OF_MEDIA + 1
            transport = connection.transport
            if first <= LAST_OF_STUN:
                self._received_stun(frame, connection, now)
            elif transport is None:
                self.dropped["unknown_address"] += 1
            elif FIRST_OF_MEDIA <= first <= LAST_OF_MEDIA:
                self._inbound.view[: len(frame)] = frame
                transport.receive_media(len(frame), now)
            elif FIRST_OF_DTLS <= first <= LAST_OF_DTLS:
                transport.receive_dtls(frame, now)
            else:
                self.dropped["garbage"] += 1
        if connection.transport is not None:
            connection.last_heard = max(connection.last_heard, connection.transport.last_heard)

    def tcp_closed(self, connection: TcpConnection) -> None:
        """It has ended: its transport has to find another way."""
        self._connections.pop(connection, None)
        self._strangers.pop(connection, None)
        transport, connection.transport = connection.transport, None
        if transport is not None:
            transport.forget_path(connection)

    # --- ICE ---

    def _received_stun(self, datagram: bytes, path: Path, now: float) -> None:
        """Answer a connectivity check that is signed, and take its path for that of the transport."""
        request = read_binding_request(datagram)
        if request is None:
            self.dropped["stun_malformed"] += 1
            return
        credentials = self._credentials.get(request.username)
        if credentials is None:
            self.dropped["stun_unknown"] += 1
        elif not request.is_signed(credentials.password):
            self.dropped["stun_forged"] += 1
        elif request.is_controlled:
            self.dropped["stun_role_conflict"] += 1
            self._reply(role_conflict(request, credentials.password), path)
        elif self._claim(path, credentials.transport, now):
            self._checked(request, credentials, path, now)

    def _checked(self, request: BindingRequest, credentials: Credentials, path: Path, now: float) -> None:
        host, port = (path.host, path.port) if isinstance(path, TcpConnection) else path[:2]
        self._reply(binding_response(request, host, port, credentials.password), path)
        credentials.transport.checked(path, request.nominates, now)
        if request.nominates:
            self._discard(credentials.transport.settle(credentials))

    def _claim(self, path: Path, transport: Transport, now: float) -> bool:
        """Give a path to a transport, unless it is another's."""
        if isinstance(path, TcpConnection):
            if path.transport is not None and path.transport is not transport:
                self.dropped["stun_address_taken"] += 1
                return False
            path.transport = transport
            path.last_heard = now
            self._strangers.pop(path, None)
            return True
        holder = self._by_address.get(path)
        if holder is not None and holder is not transport:
            if now - holder.last_heard < ADDRESS_HOLD:
                self.dropped["stun_address_taken"] += 1
                return False
            holder.forget_path(path)
        self._by_address[path] = transport
        return True

    def _reply(self, message: bytes, path: Path) -> None:
        if isinstance(path, TcpConnection):
            path.send(message)
            return
        try:
            self._udp.sendto(message, path)
        except OSError:
            self.dropped["send_failed"] += 1

    # --- What belongs to whom ---

    def _remember(self, transport: Transport) -> None:
        for each in transport.credentials:
            self._credentials[each.username] = each

    def _discard(self, outdated: list[Credentials]) -> None:
        for each in outdated:
            self._credentials.pop(each.username, None)

    def _forget(self, transport: Transport) -> None:
        self._transports.pop(transport, None)
        self._discard(transport.credentials)

    def _forget_path(self, path: Path) -> None:
        if isinstance(path, TcpConnection):
            path.transport = None
            self._connections.pop(path, None)
            path.close()
        else:
            self._by_address.pop(path, None)

    def _abort(self, connection: TcpConnection) -> None:
        connection.abort()
        self.tcp_closed(connection)


def _bind(family: socket.AddressFamily, kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    """A socket that does not block, with large buffers."""
    bound = socket.socket(family, kind)
    try:
        bound.setblocking(False)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if _is_wildcard(address) else 1)
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound


def _bind_listener(family: socket.AddressFamily, address: str, port: int, udp_port: int) -> socket.socket:
    """The wanted port; if any will do, that of UDP: one rule in a firewall for both."""
    if port == 0:
        try:
            return _bind(family, socket.SOCK_STREAM, address, udp_port)
        except OSError:
            return _bind(family, socket.SOCK_STREAM, address, 0)
    return _bind(family, socket.SOCK_STREAM, address, port)


def _is_wildcard(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_unspecified
