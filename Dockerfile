# The service in a container. What it needs from outside: DATABASE_URL, or a volume at /data for a SQLite file.
FROM python:3.11-slim-bookworm AS packages

COPY requirements.txt /
RUN python -m venv /packages \
    && /packages/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
        -r /requirements.txt \
    && /packages/bin/pip uninstall --yes --quiet pip setuptools


FROM python:3.11-slim-bookworm

# OpenMP, which LightGBM and scikit-learn are built on. Not pinned: an image that is built anew gets Debian's fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin credit \
    && install --directory --owner credit /data

COPY --from=packages /packages /packages
WORKDIR /app
COPY app.py gunicorn.conf.py ./
COPY mlruns_reduced mlruns_reduced
COPY credit credit

# The file system may be read-only but for /tmp and /data.
ENV PATH=/packages/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    PORT=8000 \
    DATABASE_URL=sqlite:////data/decisions.db
VOLUME /data
EXPOSE 8000
USER 10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/ready', timeout=4)"]
CMD ["gunicorn", "--config", "gunicorn.conf.py", "app:app"]
