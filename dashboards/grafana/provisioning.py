"""Where Grafana finds data and dashboards: the files that tell it at its start."""

from collector.sinks import schema
from dashboards.grafana.panels import SOURCE, Json

URL = "http://influxdb:8086"
TOKEN = "$__file{/run/holdspace/influxdb_read_token}"  # noqa: S105 - names the file
BOARDS = "/etc/grafana/holdspace"  # where compose mounts generated/dashboards
FOLDER_UID = "holdspace"


def data_source(*, url: str = URL, token: str = TOKEN) -> Json:
    """The database as InfluxQL over the v2 server, read only by its token.

    One-hertz data would be averaged to 10 s without `timeInterval`.
    """
    return {
        "name": "Holdspace",
        "uid": SOURCE["uid"],
        "orgId": 1,
        "type": SOURCE["type"],
        "access": "proxy",
        "url": url,
        "editable": False,
        "isDefault": True,
        "jsonData": {
            "version": "InfluxQL",
            "dbName": schema.BUCKET,
            "httpMode": "POST",
            "timeInterval": "1s",
            "httpHeaderName1": "Authorization",
        },
        "secureJsonData": {"httpHeaderValue1": f"Token {token}"},
    }


def provider() -> Json:
    """The folder of dashboards; nobody edits or deletes them by hand."""
    return {
        "name": "holdspace",
        "orgId": 1,
        "folder": "Holdspace",
        "folderUid": FOLDER_UID,
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": BOARDS},
    }
