"""A router between callers and a server, as hosts put one in front of an app."""

import http.client
import time

from support.server import JSON


class Router:
    """Passes requests on over connections that it keeps open, each for at most ``keeps`` seconds without a request.

    Until then it reuses a connection without a look at whether the server has closed it, which is the worst moment that
    any router can choose; and it never sends a request again that it has begun to send, as is right for a POST.
    """

    def __init__(self, port, keeps):
        self._port, self._keeps = port, keeps
        self._idle = []  # (when it was used last, the connection), the longest idle first

    def post(self, route, body):
        """Status and body of the answer; 502 without one where the connection was closed under the request."""
        connection = self._connection()
        try:
            connection.request("POST", route, body, JSON)
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            connection.close()
            return 502, b""
        self._idle.append((time.monotonic(), connection))
        return status, content

    def _connection(self):
        while self._idle:
            since, connection = self._idle.pop(0)
            if time.monotonic() - since < self._keeps:
                return connection
            connection.close()
        found = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        found.connect()
        found.auto_open = 0  # else a closed one is opened anew in silence
        return found

    def open(self, number, route, body):
        """Have so many connections open, each of which has answered one request; the statuses of these."""
        found = []
        for _ in range(number):
            held, self._idle = self._idle, []
            found.append(self.post(route, body(len(found)))[0])
            self._idle = held + self._idle
        return found

    def close(self):
        for _, connection in self._idle:
            connection.close()
