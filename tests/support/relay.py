"""What may stand between the log and its database: a relay that counts, and one that wants to read along."""

import selectors
import socket
import ssl
import struct
import threading
import time

#: A client's first message where it wants TLS. https://www.postgresql.org/docs/current/protocol-message-formats.html
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Relay:
    """Passes bytes on to a server at ``port``; ``turns`` counts how often a client spoke after the server did.

    ``behind``: the port that new connections are passed on to, as a name may come to mean another server.

    While ``resets`` is true, whoever speaks has its connection reset. ``delay``: so many seconds later the server's
    words arrive, as over a network; ``late``: the same of its answer to what holds the bytes ``holds``.
    """

    def __init__(self, port):
        self.turns, self.resets, self.behind = 0, False, port
        self.delay, self.late, self.holds = 0.0, 0.0, None
        self._front = socket.create_server(("127.0.0.1", 0))
        self.port = self._front.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._front.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _both(self, client):
        """The sockets to pass between."""
        back = socket.create_connection(("127.0.0.1", self.behind))
        for plug in (client, back):
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, back

    def _pass_on(self, client):
        try:
            client, back = self._both(client)
            speaks, held = back, False
            with client, back, selectors.DefaultSelector() as selector:
                selector.register(client, selectors.EVENT_READ, back)
                selector.register(back, selectors.EVENT_READ, client)
                while True:
                    for key, _ in selector.select():
                        data = key.fileobj.recv(65536)
                        while isinstance(key.fileobj, ssl.SSLSocket) and key.fileobj.pending():
                            data += key.fileobj.recv(65536)
                        if not data:
                            return
                        if self.resets:
                            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            return
                        if key.fileobj is client and speaks is back:
                            self.turns += 1
                        speaks = key.fileobj
                        if speaks is client:
                            held = self.holds is not None and self.holds in data
                        else:
                            time.sleep(self.late if held else self.delay)
                        key.data.sendall(data)
        except OSError:
            client.close()

    def close(self):
        self._front.close()


class Eavesdropper(Relay):
    """Speaks TLS with either side, by a certificate of its own: who does not look at it is read along."""

    def __init__(self, port, certificate):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        super().__init__(port)

    def _both(self, client):
        client, back = super()._both(client)
        assert client.recv(8) == _SSL_REQUEST
        client.sendall(b"S")
        back.sendall(_SSL_REQUEST)
        assert back.recv(1) == b"S"
        blind = ssl.create_default_context()
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        return self._context.wrap_socket(client, server_side=True), blind.wrap_socket(back)
