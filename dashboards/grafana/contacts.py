"""Who is told by Grafana, how often, and what a locked phone may show of it.

One contact point: a web hook whose address is a secret (ntfy, Gotify, a house gateway...). As with the
engine's notifications a lock screen carries room and level only: never a number, a code or the trouble.
"""

from dashboards.grafana.panels import Json

CONTACT, TEMPLATE = "holdspace", "holdspace.lock"
ADDRESS = "$__file{/run/secrets/grafana_webhook}"
LOCK = """{{ define "holdspace.lock" -}}
{{ range .Alerts.Firing }}{{ with .Labels.station }}{{ . }} · {{ end }}\
{{ with .Labels.level }}{{ . }} · {{ end }}look at each person and at the bedside page
{{ end -}}
{{ range .Alerts.Resolved }}{{ with .Labels.station }}{{ . }} · {{ end }}\
{{ with .Labels.level }}{{ . }} · {{ end }}over
{{ end -}}
{{ end }}
"""
# A group of one person: the second person in trouble does not wait for the first one's interval.
GROUPED = ("alertname", "station", "session", "participant")
WAIT, INTERVAL, REPEAT = "0s", "10s", "5m"


def contact_points() -> list[Json]:
    """The web hook."""
    return [{"orgId": 1, "name": CONTACT, "receivers": [webhook(ADDRESS)]}]


def webhook(address: str) -> Json:
    """A receiver that posts one plain line per alert to `address`."""
    return {
        "uid": "holdspace-webhook",
        "type": "webhook",
        "settings": {
            "url": address,
            "httpMethod": "POST",
            "headers": {"Content-Type": "text/plain; charset=utf-8"},
            "payload": {"template": '{{ template "holdspace.lock" . }}'},
        },
        "disableResolveMessage": False,
    }


def policies() -> list[Json]:
    """Everything goes to the one contact point, at once, and again while it lasts."""
    return [
        {
            "orgId": 1,
            "receiver": CONTACT,
            "group_by": list(GROUPED),
            "group_wait": WAIT,
            "group_interval": INTERVAL,
            "repeat_interval": REPEAT,
        }
    ]


def templates() -> list[Json]:
    """The text for locked screens."""
    return [{"orgId": 1, "name": TEMPLATE, "template": LOCK}]
