"""Request bodies: one client, several, or a client's raw tables; what is wrong with a body, field by field."""

from credit.web.payload.clients import MAX_CLIENTS, MAX_REMARKS, Bodies
from credit.web.payload.decoded import Clients
from credit.web.payload.violations import BodyError, Violation

__all__ = ["MAX_CLIENTS", "MAX_REMARKS", "Bodies", "BodyError", "Clients", "Violation"]
