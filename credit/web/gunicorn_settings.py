"""How gunicorn serves the app: its settings, as `gunicorn --config python:credit.web.gunicorn_settings` reads them.

The workers are those of credit/web/gunicorn_worker.py. A checkout and Heroku start it by gunicorn.conf.py.
"""

import os
import sys

# Before any worker loads a numerical library: a process is one core's work, and a pool of threads in each of several
# processes makes a prediction of 0.1 ms one of 100 ms.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")

from credit.web.gunicorn_worker import Worker, on_starting, when_ready  # noqa: E402, F401 - gunicorn calls the last two
from credit.web.settings import MOST_WORKERS, SettingError, idle_seconds, whole  # noqa: E402
from credit.web.unread_requests import LONGEST_LINE  # noqa: E402

try:
    _port, workers = whole("PORT", 0, 1, 65535), whole("WEB_CONCURRENCY", 2, 1, MOST_WORKERS)
    keepalive = idle_seconds()
except SettingError as _error:
    sys.exit(f"The server cannot start. {_error}")
bind = f"0.0.0.0:{_port}" if _port else "127.0.0.1:8000"
worker_class = Worker
threads = 4  # connections that one worker serves at once; the work itself takes turns
# Idle ones included, which hold no thread: each is a file, and many systems allow a process 1,024 of them.
worker_connections = 500
limit_request_line = LONGEST_LINE
timeout = 30
graceful_timeout = 8  # a caller who is connected and sends nothing does not hold up the end; Heroku kills after 30
preload_app = False
max_requests = 0
control_socket_disable = True
# Paths and queries may name clients: credit/web/request_log.py writes a line a request without them.
accesslog = None
errorlog = "-"
loglevel = "info"
