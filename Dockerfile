# syntax=docker/dockerfile:1
# One image for web, worker, beat and migrate. Runs as uid 10001 and writes only to the volume /srv/data and to /tmp.

FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gettext fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/portal
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock .
RUN python -m venv /srv/venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
# Catalogues, fonts and static files belong to the image: the running containers only read them.
RUN find locale -name '*.po' -execdir msgfmt --check-format -o django.mo {} \; \
    && python manage.py build_fonts \
    && python manage.py collectstatic --no-input \
    && rm -f var/secret-key \
    && python -m compileall -q /srv/portal

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /srv/data
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
ENV PATH=/srv/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    PORTAL_MODE=production DOCUMENT_ROOT=/srv/data/documents SIGNING_KEYS_DIR=/srv/data/signing-keys
USER portal
VOLUME /srv/data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "docker/health.py", "web"]
# Threads wait for the database, processes use the cores: WEB_CONCURRENCY sets the processes.
CMD ["gunicorn", "anso_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--max-requests", "5000", "--max-requests-jitter", "500", \
     "--access-logfile", "-"]
