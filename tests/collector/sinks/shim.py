"""The face of InfluxDB 2.9 in front of a 1.6, as far as we use it: write, delete by predicate, query.

It answers as 2.9.1 was read to (servers.md 1.4): a line that cannot be parsed stores nothing, a partial write
is 422, an empty body is refused after token and bucket have been looked at. The token is `user:password`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from tests.collector.sinks.influxd import PASSWORD, USER
from tests.collector.sinks.parsing import NotALine, points

TOKEN = f"{USER}:{PASSWORD}"
CODES = {400: "invalid", 401: "unauthorized", 404: "not found", 422: "unprocessable entity"}
TERM = re.compile(r'"?([\w.]+)"?\s*=\s*"((?:[^"\\]|\\.)*)"')


class Shim:
    """An aiohttp server on a free port of loopback; `url` is its address.

    `most_bytes` is the size above which a body is refused, `slow_s` how long each answer takes.
    """

    def __init__(self, behind: str) -> None:
        self._behind = behind
        self.url = ""
        self.most_bytes = 25_000_000
        self.slow_s = 0.0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Shim"]:
        """Serve while the block runs."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/api/v2/write", self._write)
        app.router.add_post("/api/v2/delete", self._delete)
        app.router.add_route("*", "/query", self._query)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        async with aiohttp.ClientSession() as self._http:
            try:
                await site.start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield self
            finally:
                await runner.cleanup()

    async def _write(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.slow_s)
        body = await request.read()
        bucket, account = request.query["bucket"], _account(request)
        if refusal := await self._look_for(bucket, account):
            return refusal
        if len(body) > self.most_bytes:
            return _refused(413, "request too large", "the body is too large")
        if not body:
            return _refused(400, "invalid", "writing requires points")
        try:
            points(body.decode())
        except NotALine as error:
            return _refused(400, "invalid", f"unable to parse '{error}'")
        status, text = await self._ask("/write", {"db": bucket, "precision": "n", **account}, body)
        if status == 204:
            return web.Response(status=204)
        if "partial write" in text:
            status = 422
        return _refused(status, CODES.get(status, "internal error"), text)

    async def _look_for(self, bucket: str, account: Mapping[str, str]) -> web.Response | None:
        """The refusal of a wrong token or bucket, which 2.x gives before it looks at the body."""
        status, text = await self._ask("/query", account, {"q": "SHOW DATABASES"})
        if status == 401:
            return _refused(401, "unauthorized", "unauthorized access")
        if status != 200:
            return _refused(status, "internal error", text)
        names = [row[0] for row in json.loads(text)["results"][0]["series"][0].get("values", [])]
        return None if bucket in names else _refused(404, "not found", f'bucket "{bucket}" not found')

    async def _delete(self, request: web.Request) -> web.Response:
        order = await request.json()
        if " OR " in order["predicate"].upper():
            return _refused(400, "invalid", "OR is not supported")
        terms = [f"\"{key}\" = '{value}'" for key, value in TERM.findall(order["predicate"])]
        terms += [f"time >= '{order['start']}'", f"time <= '{order['stop']}'"]
        where = {"db": request.query["bucket"], **_account(request)}
        query = {"q": f"DELETE FROM /.*/ WHERE {' AND '.join(terms)}"}  # noqa: S608 - a test's own
        status, text = await self._ask("/query", where, query)
        return web.Response(status=204) if status == 200 else _refused(status, "invalid", text)

    async def _query(self, request: web.Request) -> web.Response:
        asked = {key: str(value) for key, value in (await request.post()).items()}
        status, text = await self._ask("/query", _account(request), {**request.query, **asked})
        return web.Response(status=status, text=text, content_type="application/json")

    async def _ask(
        self, path: str, parameters: Mapping[str, str], data: bytes | dict[str, str]
    ) -> tuple[int, str]:
        """Status and text of the server behind; 502 as a proxy says when it is gone."""
        try:
            async with self._http.post(self._behind + path, params=parameters, data=data) as answer:
                return answer.status, await answer.text()
        except (aiohttp.ClientError, OSError) as error:
            return 502, f"the server behind is gone: {error}"


def _account(request: web.Request) -> dict[str, str]:
    """User and password of 1.6 out of the token; they must stand in the address there."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    user, _, password = token.partition(":")
    return {"u": user, "p": password} if kind == "Token" else {}


def _refused(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)
