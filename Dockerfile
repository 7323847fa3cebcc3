# The station: exactly the packages of requirements/run.lock, each a wheel with its hash, set up by start.py as on
# any machine. Add the digest of the image on a machine that can pull it: docker buildx imagetools inspect ...
FROM python:3.13-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOLDSPACE_DATA=/data \
    PATH=/opt/holdspace/.venv/bin:/usr/local/bin:/usr/bin:/bin
RUN /usr/sbin/groupadd --gid 10001 holdspace \
 && /usr/sbin/useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin holdspace \
 && install -d -o holdspace -g holdspace -m 0700 /data
WORKDIR /opt/holdspace
COPY LICENSE README.md pyproject.toml start.py ./
COPY requirements/run.lock requirements/
RUN /usr/local/bin/python3 start.py install
COPY collector collector
COPY alerts alerts
COPY dashboards dashboards
RUN python -m compileall -q collector alerts dashboards

USER 10001:10001
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["holdspace"]
CMD ["run", "--config", "/etc/holdspace/holdspace.toml"]
