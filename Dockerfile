# Two stages: the first installs from the lock into a virtual environment, the second takes that and nothing else.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/parley
WORKDIR /src
COPY requirements.lock ./
RUN /opt/parley/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY pipeline pipeline
COPY vad vad
COPY stages stages
COPY api api
RUN /opt/parley/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/parley --shell /usr/sbin/nologin parley \
    && install --directory --owner parley --group parley --mode 700 /var/lib/parley
COPY --from=build /opt/parley /opt/parley
ENV PATH=/opt/parley/bin:$PATH PYTHONUNBUFFERED=1 PARLEY_DATA_DIR=/var/lib/parley PARLEY_PORT=8080
USER parley
WORKDIR /var/lib/parley
VOLUME /var/lib/parley
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/healthz' % os.environ['PARLEY_PORT'], timeout=2)"]
STOPSIGNAL SIGTERM
# Media is UDP on ports chosen per call: run with `--network host`, or see docs/operations.md.
CMD ["parley", "serve", "--host", "0.0.0.0"]
