// The bedside page. Frames come down by WebSocket, commands go up by POST.
//
// One module of more than 300 lines, so that the page is whole with one request and no build step.
// One rule stands above all: a number is shown only while this browser itself can prove that it is young.
// Its age is the age at the station when the frame was made (session time minus time of measurement), plus
// the time since the frame came, plus how late the frame came. No event of the network is trusted for it.

const LIVE_MS = 3000, STALE_MS = 5000;     // session time: delayed above, dashes from
const QUIET_MS = 3500;                     // real time without a frame: the station is lost
const TICK_MS = 200, RETRY_MS = 1000, ATTEMPT_MS = 3000;
const JUMP_MS = 1500;                      // wall clock against performance clock: this machine slept
const DRIFT = 0.0002;                      // two quartz clocks may part by this much without being "late"
const STOPPED = 4001;                      // code of the socket's end when the station was stopped on purpose
const DOUBT_MS = 500;                      // session ms of lateness that are worth asking on a second socket
const ASK_AGAIN_MS = 1000, ASK_RARELY_MS = 15000, TRUST_MS = 10000;
const BACK_MS = 10000, SEEN_MS = 5000, MOVED_MS = 700, SAID_MS = 6000;
const FAST = 4, FAST_GRACE_MS = 250;       // in a fast replay a value lives shorter than a frame takes
const PRESS_MS = 800;
const STEADY_MS = 60000;                    // session time: a caution that has lasted so long can be watched
const TRACE_S = 600, GAP_S = 5, DASHES = "––";

const $ = (id) => document.getElementById(id);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const set = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };
const two = (number) => String(number).padStart(2, "0");
const clockText = (utc) => { const d = new Date(utc); return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`; };
const length = (ms) => { const s = Math.max(0, Math.floor(ms / 1000)); return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`; };

// ---- what the station has said -------------------------------------------------------------------------
const tiles = new Map();                   // seat -> {who, spo2, pulse_rate, why, note, trace, drawn, part}
let session = null, alerts = [], due = [], pauses = {}, store = null, radio = "", asks = [], slow = false, sinks = [], test = null, unreached = [], toAccept = [];
let wanted = new URLSearchParams(location.search).get("episode");   // the alert that a notification led to
let frame = null;                          // {s, u, x, at, late}: the last header and when it came
let lines = document.body.dataset.lines.trim().split(" ").map(Number);
const numbersOf = (text) => text.trim().split(" ").filter(Boolean).map(Number);
const LIMITS = { "spo2<": numbersOf(document.body.dataset.spo2), "pulse_rate<": numbersOf(document.body.dataset.pulseLow), "pulse_rate>": numbersOf(document.body.dataset.pulseHigh) };

// ---- the link ------------------------------------------------------------------------------------------
let socket = null, opened = 0, base = null, baseAt = 0;
let second = null, asked = 0, pause = 0;   // a second socket, when it was asked for, ms until the next may be
let lastFrame = null, lost = true, stopped = false, everHeard = false, lastWord = null, lostSince = null;
let back = null, blank = false, apart = Date.now() - performance.now();

function open() {
  hangUp(socket);
  hangUp(second);
  second = null;
  pause = 0;
  opened = performance.now();
  base = null;
  listen(new WebSocket(`ws://${location.host}/ws`));
}

function listen(mine) {
  socket = mine;
  mine.onmessage = (message) => { if (socket === mine) take(JSON.parse(message.data)); };
  mine.onclose = (end) => { if (socket === mine) { socket = null; if (end.code === STOPPED) farewell(); opened = performance.now() - ATTEMPT_MS + RETRY_MS; } };
}

// The station says itself that it ends: no fault, and from now on nothing to show. A crash says nothing.
function farewell() {
  stopped = lost = true;
  lostSince = lastWord;
  document.body.dataset.link = "lost";
  show([...tiles.keys()], true);
}

function hangUp(old) {
  if (!old) return;
  old.onmessage = old.onclose = null;
  old.close();
}

// Frames come, and by all that this socket can prove they are late. Either the way is long, or the socket was
// asked for while the station stood still, which proves little. A second socket knows: it takes over when it
// proves less lateness, and until then the first goes on, so that asking costs nothing that is shown.
function doubt(now) {
  if (frame.late * frame.x < DOUBT_MS) {
    if (now - asked > TRUST_MS) pause = 0;
    return;
  }
  if (now - asked < pause) return;
  pause = Math.min(Math.max(ASK_AGAIN_MS, 2 * pause), ASK_RARELY_MS);
  hangUp(second);
  asked = now;
  const mine = second = new WebSocket(`ws://${location.host}/ws`);
  mine.onclose = () => { if (second === mine) second = null; };
  mine.onmessage = (message) => {
    const came = performance.now();
    second = null;
    if (came - asked >= frame.late + came - frame.at) return hangUp(mine);
    hangUp(socket);
    [opened, base] = [asked, null];
    listen(mine);
    take(JSON.parse(message.data));
  };
}

// How late this frame is, in ms, from the station's clock and ours. The station made its first frame after
// we asked for the socket, so `opened` bounds the difference of the clocks from below; a smaller difference
// seen later on this connection is a better one.
// Not so in a fast replay, where the time it takes to connect would be minutes of the session.
function lateness(stationMs, now, speed) {
  const difference = now - stationMs;
  if (base === null) base = speed > FAST ? difference : opened - stationMs;
  else base = Math.min(difference, base + (now - baseAt) * DRIFT);
  baseAt = now;
  return difference - base;
}

function take(said) {
  const now = performance.now();
  if (jumped()) return;
  const late = lateness(said.t, now, said.x);
  frame = { s: said.s, u: said.u, x: said.x, at: now, late };
  if ("session" in said) begin(said);
  if (said.seats) for (const [seat, news] of Object.entries(said.seats)) learn(seat, news);
  if (said.alerts) ({ alerts, due, pauses } = said);
  if ("store" in said) ({ store, radio, asks, slow, sinks, test, unreached, notices: toAccept } = said);
  blank = false;
  found(now);
  lastFrame = now;
  lastWord = said.u;
  show(said.seats ? Object.keys(said.seats) : [], Boolean(said.alerts || "session" in said));
  doubt(now);
  if (wanted && said.alerts) lead();
}

// A notification's link: show its alert, or say that it is gone. Nothing is acknowledged by opening a link.
function lead() {
  const card = alerts.find((one) => one.tag === wanted);
  wanted = null;
  history.replaceState(null, "", "/");
  if (!card) { say("That alert is gone; nothing changed."); return showAround(); }
  const { root, button } = rows.get(card.id);
  set(root, "data-wanted", "yes");
  root.scrollIntoView({ block: "center" });
  button.focus({ preventScroll: true });
}

function found(now) {
  if (!lost) return;
  if (everHeard && lostSince !== null) back = { until: now + BACK_MS, from: lostSince, to: frame.u };
  lost = stopped = false;
  everHeard = true;
  lostSince = null;
  document.body.dataset.link = "live";
}

function jumped() {
  const is = Date.now() - performance.now();
  const jump = is - apart;
  apart = is;
  if (Math.abs(jump) <= JUMP_MS) return false;
  // Frames that waited in this machine while it slept look fresh to every clock: only a new socket is sure.
  blank = true;
  say(`Clock moved ${Math.abs(jump) < 90000 ? `${Math.round(Math.abs(jump) / 1000)} s` : `${Math.round(Math.abs(jump) / 60000)} min`}`);
  open();
  return true;
}

function begin(said) {
  session = said.session;
  const seats = said.seats || {};
  for (const [seat, tile] of tiles) if (!(seat in seats)) { tile.part.root.remove(); tiles.delete(seat); }
  for (const seat of Object.keys(seats)) {
    if (!tiles.has(seat)) tiles.set(seat, { part: makeTile(seat) });
    Object.assign(tiles.get(seat), { trace: [], drawn: 0 });
  }
  let place = null;
  for (const seat of Object.keys(seats).reverse()) {
    const root = tiles.get(seat).part.root;
    if (root.nextSibling !== place || !root.parentNode) $("seats").insertBefore(root, place);
    place = root;
  }
  set($("seats"), "data-count", String(tiles.size));
}

function learn(seat, news) {
  const tile = tiles.get(seat);
  if (!tile) return;
  const { trace, points, ...rest } = news;
  Object.assign(tile, rest);
  const more = trace || points || [];
  for (let i = 0; i < more.length; i += 2) {
    if (tile.trace.length && tile.trace.at(-1)[0] >= more[i]) tile.trace.pop();
    tile.trace.push([more[i], more[i + 1]]);
  }
  if (more.length) tile.drawn = Math.min(tile.drawn, performance.now() - 800);
}

// ---- time ----------------------------------------------------------------------------------------------
function gone() {                          // session ms since the last frame was made
  const since = performance.now() - frame.at + frame.late;
  return Math.max(0, frame.x > FAST ? since - FAST_GRACE_MS : since) * frame.x;
}
const sessionNow = () => frame.s + gone();
const age = (said) => sessionNow() - said[1];

function freshness(said) {
  if (!said || !frame) return "none";
  if (lost || blank || performance.now() - frame.at + frame.late >= STALE_MS) return "stale";
  const ms = age(said);
  return ms <= LIVE_MS ? "live" : ms < STALE_MS ? "delayed" : "stale";
}
const shown = (fresh) => fresh === "live" || fresh === "delayed";

// ---- words (looks.md) ----------------------------------------------------------------------------------
function words(card) {
  const how = length(sessionNow() - card.since);
  if (!card.field) return [card.name, [card.cause, card.state === "over" ? `over ${length(sessionNow() - card.over)} ago` : how].filter(Boolean).join(" · ") + seenBy(card)];
  if (card.state === "over") {
    const extreme = card.worst === null ? "" : ` · ${card.sign === "<" ? "lowest" : "highest"} ${Math.trunc(card.worst)}`;
    return [card.sign === "<" ? "Low, now over" : "High, now over", `${length(sessionNow() - card.over)} ago${extreme}`];
  }
  const tile = tiles.get(card.seat), said = tile && tile[card.field];
  if (!shown(freshness(said))) {
    const was = said ? said[0] : card.worst === null ? "" : Math.trunc(card.worst);
    const ago = `${length(said ? age(said) : sessionNow() - card.since)} ago`;
    return [`${card.name} was ${was}`, [ago, tile && tile.why].filter(Boolean).join(" · ") + seenBy(card)];
  }
  if (card.than) return [`${card.name} ${said[0]} · ${card.than}`, [card.again === "worse" ? "worse" : "", how].filter(Boolean).join(" · ") + seenBy(card)];
  const beyond = (limit) => (card.sign === "<" ? said[0] < limit : said[0] > limit);
  // Risen above the deepest limit, but not above all: the nearest that it still crosses is what is true now.
  const milder = beyond(card.limit) ? [] : (LIMITS[card.field + card.sign] || []).filter(beyond);
  if (milder.length) {
    const nearest = card.sign === "<" ? Math.min(...milder) : Math.max(...milder);
    const extreme = card.worst === null ? "" : `${card.sign === "<" ? "lowest" : "highest"} ${Math.trunc(card.worst)} · `;
    return [`${card.name} ${said[0]} ${card.sign} ${nearest}`, extreme + how + seenBy(card)];
  }
  if (!beyond(card.limit)) return [`${card.name} was ${Math.trunc(card.worst ?? card.limit)}`, `now ${said[0]} · ${how}${seenBy(card)}`];
  const first = `${card.name} ${said[0]} ${card.sign} ${card.limit}`;
  if (card.again === "worse") return [first, card.seen === null ? `worse · ${how}` : `worse · seen at ${Math.trunc(card.seen)}`];
  if (card.again === "expired") return [first, `${how} · still ${card.sign === "<" ? "low" : "high"}`];
  return [first, how + seenBy(card)];
}
// The person's own numbers at rest, small in the foot of the tile.
const ownOf = (tile) => (tile.own ? `own ${tile.own.map((value) => (value === null ? "–" : Math.round(value))).join(" / ")}` : "");
const paused = (seat) => (seat in pauses ? [`Paused · ${pauses[seat][0]}`, `${length(pauses[seat][1] - sessionNow())} left`] : null);
const seenBy = (card) => (card.state === "seen" ? ` · seen by ${card.by}${card.watch === null ? "" : ` · tells below ${card.watch}`}` : "");
// Who has been told, by name: "told: M's phone" once the service took it, "not reached" when it did not.
function toldOf(card) {
  const names = (word) => (card.told || []).filter(([, is]) => is === word).map(([name]) => name).join(", ");
  return [["delivered", "told"], ["sending", "telling"], ["failed", "not reached"]].filter(([word]) => names(word)).map(([word, say]) => `${say}: ${names(word)}`).join(" · ");
}
const markOf = (card) => `#${card.level === "urgent" ? "urgent" : "caution"}${card.state === "active" && !card.paused ? "" : "-hollow"}`;

// ---- tiles ---------------------------------------------------------------------------------------------
function makeTile(seat) {
  const root = $("tile").content.cloneNode(true).firstElementChild;
  const one = (query) => root.querySelector(query);
  root.dataset.seat = seat;
  set(root, "aria-label", `Seat ${seat}`);
  put(one(".letter"), seat);
  set(one(".shape use"), "href", `#seat-${seat}`);
  return {
    root, spo2: one("[data-field=spo2]"), pulse_rate: one("[data-field=pulse_rate]"), numbers: one(".numbers"),
    state: one(".state"), mark: one(".mark use"), first: one(".state b"), second: one(".state p span"),
    code: one(".code"), last: one(".last"), struck: one(".last s"), ago: one(".last span"), plot: one(".plot"),
    paths: Object.fromEntries(["gaps", "dashed", "solid", "marks", "trace", "now"].map((name) => [name, one(`path.${name}`)])),
    labels: [one(".line-one"), one(".line-two")],
  };
}

function showTile(seat, tile) {
  const part = tile.part, ended = session && session.phase === "ended";
  const fresh = { spo2: freshness(tile.spo2), pulse_rate: freshness(tile.pulse_rate) };
  const whole = fresh.spo2 === "none" ? fresh.pulse_rate : fresh.spo2;
  const card = lost ? null : alerts.find((one) => one.seat === seat && !one.paused && !ended);
  for (const field of ["spo2", "pulse_rate"]) {
    put(part[field], shown(fresh[field]) ? String(tile[field][0]) : DASHES);
    set(part[field], "data-freshness", fresh[field]);
    set(part[field].parentNode, "data-shown", shown(fresh[field]) ? "yes" : "no");
    set(part[field].parentNode, "data-hit", card && card.field === field && card.state !== "over" && shown(fresh[field]) ? "yes" : "no");
  }
  const wide = part.spo2.textContent.length > 2, both = wide && part.pulse_rate.textContent.length > 2;
  set(part.numbers, "data-width", both ? "tight" : wide ? "three" : "two");
  set(part.root, "data-freshness", whole);
  showState(seat, tile, card, whole, ended, ["spo2", "pulse_rate"].filter((field) => fresh[field] === "delayed"));
  put(part.code, [tile.who, ownOf(tile), tile.limits].filter(Boolean).join(" · "));
  const aged = whole === "stale" && tile.spo2 && !ended && !blank && !stopped;
  put(part.struck, aged ? `${tile.spo2[0]}` : "");
  put(part.ago, aged ? ` ${length(age(tile.spo2))} ago` : "");
  if (whole !== tile.looked || performance.now() - tile.drawn >= 900) draw(seat, tile, whole);
  tile.looked = whole;
}

// An old number says so, whatever else is said: `delayed` are the fields that show one.
function showState(seat, tile, card, fresh, ended, delayed) {
  const part = tile.part;
  let look = "quiet", mark = "", first = "", second = "";
  if (ended) {
    [look, first] = ["left", "Ended"];
  } else if (lost) {
    look = "lost";
    const open = alerts.find((one) => one.seat === seat);
    if (open && !stopped && open.field && open.state !== "over" && tile[open.field]) [mark, first, second] = [`#${open.level === "urgent" ? "urgent" : "caution"}-hollow`, `${open.name} was ${tile[open.field][0]}`, `${length(age(tile[open.field]))} ago`];
  } else if (card) {
    [first, second] = words(card);
    mark = markOf(card);
    const filled = alerts.find((one) => one.level === "urgent" && one.state === "active" && !one.paused);
    look = card.state === "over" ? "over" : `${card.level}${card.state === "seen" ? " seen" : card === filled ? " filled" : ""}`;
    if (!shown(fresh)) look += " nodata"; else if (card.device) look += " device";
    if (delayed.length) second = `Delayed · ${second}`;
  } else if (paused(seat)) {
    [look, mark] = ["paused", "#pause-mark"];
    [first, second] = paused(seat);
    const rests = alerts.find((one) => one.seat === seat);
    if (delayed.length) second = `Delayed · ${second}`;
    if (rests) second += ` · ${words(rests)[0]}`;
  } else if (delayed.length) {
    const old = Math.floor(Math.max(...delayed.map((field) => age(tile[field]))) / 1000);
    [look, mark, first, second] = ["late", "#clock-mark", "Delayed", `${delayed.includes("spo2") ? "" : "pulse "}${old} s old`];
  } else if (!shown(fresh)) {
    [look, mark, first, second] = ["late", "#clock-mark", "No reading", tile.why || (tile.spo2 ? "clip silent" : "")];
  } else if (tile.why) {
    [look, mark, first, second] = ["noted", "#clock-mark", "No new reading", tile.why];
  } else if (tile.note) {
    [look, mark, first, second] = ["noted", tile.note[0].startsWith("Battery") ? "#battery-mark" : "#note-mark", ...tile.note];
  }
  if (look === "quiet" && due.includes(seat)) [look, mark, first, second] = ["noted", "#clock-mark", "Blood pressure", "is due"];
  set(part.root, "data-look", look);
  part.state.hidden = !first;
  if (mark) set(part.mark, "href", mark); else part.mark.removeAttribute("href");
  put(part.first, first);
  put(part.second, second);
}

function draw(seat, tile, fresh) {
  if (!frame) return;
  tile.drawn = performance.now();
  const now = sessionNow() / 1000, x = (second) => Math.max(0, TRACE_S - (now - second)).toFixed(1);
  while (tile.trace.length && tile.trace[0][0] < now - TRACE_S) tile.trace.shift();
  const values = tile.trace.map((point) => point[1]).filter((value) => value !== null);
  const low = values.some((value) => value < 84) ? 70 : 84;
  const y = (value) => (100 * (100 - Math.max(low, Math.min(100, value))) / (100 - low)).toFixed(1);
  let trace = "", gaps = "", from = null, last = null;
  for (const [second, value] of tile.trace) {
    const broken = last === null || second - last[0] > GAP_S;
    if (value === null) {
      if (last !== null && from === null) from = last[0];
      last = null;
      continue;
    }
    const start = from ?? (broken && last ? last[0] : null);
    if (start !== null && second - start > GAP_S) gaps += `M${x(start)} 0H${x(second)}V100H${x(start)}z`;
    from = null;
    trace += broken ? `M${x(second)} ${y(value)}` : value === last[1] ? `H${x(second)}` : `L${x(second)} ${y(value)}`;
    last = [second, value];
  }
  const end = from ?? (last && last[0]);
  if (end !== null && end !== undefined && now - end > GAP_S) gaps += `M${x(end)} 0H600V100H${x(end)}z`;
  const mine = (session ? session.marks : []).filter(([at, , where]) => (!where || where === seat) && at / 1000 > now - TRACE_S);
  const paths = tile.part.paths;
  set(paths.trace, "d", trace);
  set(paths.gaps, "d", gaps);
  set(paths.marks, "d", mine.map(([at]) => `M${x(at / 1000)} 0V100`).join(""));
  set(paths.now, "d", last && shown(fresh) ? `M${x(last[0])} ${y(last[1])}h0` : "");
  set(paths.dashed, "d", `M0 ${y(lines[0])}H600`);
  set(paths.solid, "d", `M0 ${y(lines[1])}H600`);
  tile.part.labels.forEach((label, at) => put(label, String(lines[at])));
  set(tile.part.plot, "data-scale", String(low));
}

// ---- alerts --------------------------------------------------------------------------------------------
const rows = new Map();                    // episode -> {root, ..., moved, held}

function makeRow(card) {
  const root = $("row").content.cloneNode(true).firstElementChild;
  const one = (query) => root.querySelector(query);
  const row = { root, mark: one(".mark use"), letter: one(".letter"), shape: one(".shape use"), first: one("b"), second: one(".second"), button: one("button.seen"), watch: one("button.watch"), moved: performance.now(), held: null };
  root.dataset.episode = card.id;
  row.watch.addEventListener("click", () => acknowledge(card.id, row, row.offer));
  row.button.addEventListener("click", () => (row.settles ? settle(card.seat, row) : acknowledge(card.id, row)));
  return row;
}

async function acknowledge(episode, row, watch = null) {
  // A row that has just come under the finger takes no tap: the finger was on its way to another one.
  if (performance.now() - row.moved < MOVED_MS) return;
  row.button.disabled = true;
  const place = [...rows.values()].indexOf(row);
  if (await command("/api/acknowledge", watch === null ? { episode } : { episode, watch })) row.held = { until: performance.now() + SEEN_MS, place };
  row.button.disabled = false;
  showAlerts();
}

// Steady beyond a caution's limit: what to be told of next. Two points on, not past the urgent limit.
function offered(card) {
  const urgent = Math.max(...(LIMITS[card.field + card.sign] || []).filter((limit) => limit < card.limit));
  const steady = card.level === "caution" && card.state === "active" && !card.paused && sessionNow() - card.since >= STEADY_MS;
  if (!steady || card.field !== "spo2" || !Number.isFinite(urgent) || card.worst === null || card.worst < urgent) return null;
  return Math.max(urgent, Math.trunc(card.worst) - 2);
}

// A doubt about a clip is ended by a person: seen first, then looked after.
async function settle(seat, row) {
  if (performance.now() - row.moved < MOVED_MS) return;
  row.button.disabled = true;
  if (await command("/api/settle", { seat })) say(`Noted: the right person wears the clip of seat ${seat}`);
  showAlerts();
}

async function seenAll() {
  $("seen-all").disabled = true;
  if (await command("/api/acknowledge/cautions", {})) say("Seen: all cautions");
  $("seen-all").disabled = false;
  showAlerts();
}
$("seen-all").addEventListener("click", seenAll);

// A long press on the strip says the same; a finger that moves is scrolling.
let pressed = 0;
for (const list of [$("first"), $("rest")]) {
  list.addEventListener("pointerdown", (event) => { if (!event.target.closest("button")) pressed = setTimeout(() => { if (!$("seen-all").hidden) seenAll(); }, PRESS_MS); });
  for (const end of ["pointerup", "pointerleave", "pointercancel", "pointermove"]) list.addEventListener(end, () => clearTimeout(pressed));
}

// The station's order, except that a row just acknowledged here keeps its place for a while.
function placed(now) {
  const order = alerts.filter((card) => !rows.get(card.id)?.held);
  const held = alerts.filter((card) => rows.get(card.id)?.held);
  held.sort((a, b) => rows.get(a.id).held.place - rows.get(b.id).held.place);
  for (const card of held) order.splice(Math.min(rows.get(card.id).held.place, order.length), 0, card);
  return order;
}

function showAlerts() {
  const now = performance.now();
  const known = new Set(alerts.map((card) => card.id));
  for (const [id, row] of rows) {
    if (row.held && now > row.held.until) row.held = null;
    if (!known.has(id)) { row.root.remove(); rows.delete(id); }
  }
  for (const card of alerts) if (!rows.has(card.id)) rows.set(card.id, makeRow(card));
  const order = placed(now);
  order.forEach((card, place) => move(rows.get(card.id), place === 0 ? $("first") : $("rest"), place === 0 ? 0 : place - 1, now));
  const sorted = order.map((card) => [card.id, rows.get(card.id)]);
  rows.clear();
  for (const [id, row] of sorted) rows.set(id, row);
  for (const card of order) showRow(card, rows.get(card.id));
  const cautions = order.filter((card) => card.level === "caution" && card.state === "active" && !card.paused).length;
  $("seen-all").hidden = cautions < 2 || lost;
  put($("seen-all"), `Seen: ${cautions} cautions`);
  put($("more"), order.length > 3 ? `+${order.length - 3} more` : "");
  set(document.body, "data-alerts", String(order.length));
  set(document.body, "data-first", order.length ? order[0].seat : "");
  for (const [seat, tile] of tiles) set(tile.part.root, "data-first", order.length && order[0].seat === seat ? "yes" : "no");
}

function move(row, list, place, now) {
  if (list.children[place] === row.root) return;
  list.insertBefore(row.root, list.children[place] || null);
  row.moved = now;
}

function showRow(card, row) {
  const [first, second] = words(card);
  set(row.root, "data-level", card.level);
  set(row.root, "data-state", card.paused ? "paused" : card.state);
  set(row.mark, "href", markOf(card));
  put(row.letter, card.seat);
  set(row.shape, "href", `#seat-${card.seat}`);
  set(row.root, "data-station", card.seat ? "no" : "yes");
  put(row.first, first);
  put(row.second, [second, card.explained ? `explained by ${card.explained}` : card.paused && paused(card.seat) ? "paused" : "", toldOf(card)].filter(Boolean).join(" · "));
  row.offer = offered(card);
  row.watch.hidden = row.offer === null || lost;
  put(row.watch, `Tell below ${row.offer}`);
  row.settles = card.doubt && card.state === "seen";
  const asks = row.settles ? "Right clip" : card.state === "seen" ? "Seen" : card.missing ? "I see it, fixing" : "Acknowledge";
  put(row.button, asks);
  set(row.button, "aria-label", `${asks}: ${card.seat ? `seat ${card.seat}` : "station"}, ${card.name}`);
  row.button.disabled = (card.state === "seen" && !row.settles) || lost;
}

// ---- around the tiles ----------------------------------------------------------------------------------
const SOURCES = { demo: "SIMULATION", replay: "REPLAY", import: "IMPORT" };
let fitted = 0;                            // width of the window that the notices were laid out for
let spoken = null;                         // a sentence for the person at this page, for a while
const say = (sentence) => { spoken = { sentence, until: performance.now() + SAID_MS }; };

function showAround() {
  const phase = session ? session.phase : "none", now = performance.now();
  document.body.dataset.phase = phase;
  const source = session && SOURCES[session.source];
  $("source").hidden = !source;
  if (source) put($("source"), frame && frame.x !== 1 ? `${source} · speed ${frame.x}` : source);
  put($("title"), session ? [session.title, { preparing: "preparing · alerts begin with the session", running: "", ended: "ended" }[phase]].filter(Boolean).join(" · ") : "No session");
  put($("session"), { none: "Prepare…", ended: "Prepare…", preparing: "Start", running: "End…" }[phase]);
  $("pressure").hidden = document.body.dataset.pressure !== "yes";
  $("pressure").disabled = phase !== "running";
  put($("pressure"), due.length ? `BP ${due.join(", ")}` : "BP…");
  $("pause").disabled = phase !== "running";
  $("pause").hidden = phase === "preparing";
  $("baseline").hidden = phase !== "preparing";
  $("mark").disabled = phase === "none" || phase === "ended";
  if (frame && !blank && !lost) {
    put($("clock"), clockText(frame.u + gone()));
    put($("since"), since());
  }
  if (spoken && now > spoken.until) spoken = null;
  if (back && now > back.until) back = null;
  const notices = toAccept.slice(0, 1).map(([, sentence]) => sentence);   // one at a time: one tap for each
  $("accept").hidden = toAccept.length === 0;
  $("session").disabled = toAccept.length > 0;
  const listed = (family) => alerts.some((card) => card.family === family);   // then the strip says it
  if (store && !listed("store_behind")) notices.push(store.behind ? `Not being saved since ${clockText(store.since)} · alerts still work${store.why ? ` · ${store.why}` : ""}` : `${store.lost} readings were not saved`);
  if (radio && !lost) notices.push(radio);
  else if (phase !== "ended" && !lost) for (const [seat, sentence] of asks) notices.push(`${seat}: ${sentence}`);
  if (slow) notices.push("Alerts come late: the station is overloaded");
  if (frame && !lost && frame.late > 2000) notices.push(`The station's word comes ${Math.round(frame.late / 1000)} s late`);
  if (!listed("channel_failed")) for (const [name] of unreached) notices.push(name ? `${name} cannot be reached by notifications` : "Notifications stand still: their process is being started again");
  for (const sink of sinks) notices.push(sink.behind ? `${sink.name} gets nothing since ${clockText(sink.since)} · all of it is kept here · ${sink.why}` : `${sink.name} refused ${sink.refused === 1 ? "a row" : `${sink.refused} rows`} · kept here`);
  if (asksTest()) notices.push(`Test notification · ${toldOf({ told: test.targets })} · did it arrive?`);
  $("arrived").hidden = !asksTest();
  if (spoken) notices.push(spoken.sentence);
  if (back && !lost) notices.push(`Station back · nothing known from ${clockText(back.from)} to ${clockText(back.to)}`);
  showNotices(notices);
  set($("notice"), "data-store", store && store.behind ? "behind" : "");
}

// Whether the test arrived is asked before the start and for five minutes after it: whoever has not looked by
// then does not, and a line that stays for hours hides those that matter.
function asksTest() {
  if (!test || test.by || !session || session.phase === "ended") return false;
  return session.started === null || sessionNow() - session.started < 300000;
}

// The most serious first, the answer to a tap next: what is cut, if anything, is what can wait.
function showNotices(notices) {
  if (spoken) {
    notices.splice(notices.indexOf(spoken.sentence), 1);
    notices.splice(1, 0, spoken.sentence);
  }
  const text = notices.join("  ·  ");
  if ($("notice").textContent === text && fitted === innerWidth) return;
  fitted = innerWidth;
  put($("notice"), text);
  set(document.body, "data-notices", "few");
  if ($("notice").scrollWidth > $("notice").clientWidth) set(document.body, "data-notices", "many");
}

function since() {
  if (!session || session.phase !== "running") return "";
  const [from, what] = session.dose !== null ? [session.dose, "since dose"] : [session.started, "since start"];
  return from === null ? "" : `${Math.max(0, Math.floor((sessionNow() - from) / 60000))} min ${what}`;
}

function showBanner(now) {
  const quiet = lastFrame === null ? now : now - lastFrame;
  $("banner").hidden = !(stopped || (lost && quiet > QUIET_MS));
  set($("banner"), "data-stopped", stopped ? "yes" : "no");
  if ($("banner").hidden) return;
  put($("banner-first"), stopped ? "The station was stopped" : "No word from the station");
  if (stopped) { put($("banner-second"), "This page shows nothing any more."); put($("banner-age"), ""); return; }
  const last = lastWord === null ? "" : ` Last word ${clockText(lastWord)}.`;
  put($("banner-second"), `Look at each person. The numbers here were too old to show.${last}`);
  put($("banner-age"), length(quiet));
}

function show(seats, listed) {
  if (frame) {
    if (listed) for (const [seat, tile] of tiles) showTile(seat, tile);
    else for (const seat of seats) if (tiles.has(seat)) showTile(seat, tiles.get(seat));
    if (listed) showAlerts();
  }
  showAround();
  if ($("asking").open) listOpen();
  showBanner(performance.now());
}

function tick() {
  const now = performance.now();
  jumped();
  if (!lost && now - lastFrame > QUIET_MS) {
    lost = true;
    lostSince = lastWord;
    back = null;
    document.body.dataset.link = "lost";
    closePanels();                         // nothing can be asked of a station that does not speak
    open();
  } else if (now - opened > ATTEMPT_MS && (lost || !socket)) {
    open();
  }
  show([...tiles.keys()], false);
  if (frame) showAlerts();
}

// ---- commands ------------------------------------------------------------------------------------------
const NAME = "holdspace.name";
const remembered = () => { try { return localStorage.getItem(NAME) || ""; } catch { return ""; } };
$("name").value = remembered() || "facilitator";
$("name").addEventListener("change", () => { try { localStorage.setItem(NAME, $("name").value.trim()); } catch { /* private window: kept until it closes */ } });

async function command(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Holdspace": "page" },
      body: JSON.stringify({ ...body, by: $("name").value.trim() || "facilitator" }),
      signal: AbortSignal.timeout(4000),
    });
    if (answer.ok) return await answer.json();
    say((await answer.json()).detail || "The station refused.");
  } catch {
    say("The station did not answer; nothing is known to have changed.");
  }
  showAround();
  return false;
}

$("mark").addEventListener("click", async () => {
  const what = $("what").value, at = $("clock").textContent;
  if (what === "baseline") return takeBaseline();
  if (what === "limit") return askLimit();
  if (await command("/api/mark", { what })) { say(`Marked ${what} ${at}`); $("what").value = "moment"; showAround(); }
});

// What is usual for each person: asked for everybody at once, answered for each.
async function takeBaseline() {
  $("what").value = "moment";
  const done = await command("/api/baseline", {});
  if (done) say(done.words);
  showAround();
}
$("baseline").addEventListener("click", takeBaseline);

// Another limit for one person: why and by whom are kept with it, and it ends with the session.
function askLimit() {
  $("what").value = "moment";
  $("limit-seat").replaceChildren(...[...tiles.keys()].map((seat) => new Option(seat, seat)));
  if (alerts.length && tiles.has(alerts[0].seat)) $("limit-seat").value = alerts[0].seat;
  $("pausing").close();
  $("limiting").show();
  $("limiting").scrollIntoView({ block: "nearest" });
}
$("limit-yes").addEventListener("click", async () => {
  const limit = Number($("limit-value").value);
  if (!limit) return $("limit-value").focus();
  $("limiting").close();
  const done = await command("/api/override", { seat: $("limit-seat").value, family: $("limit-family").value, limit, reason: $("limit-reason").value.trim() });
  if (done) { say(done.words); $("limit-value").value = $("limit-reason").value = ""; }
  showAround();
});
$("limit-no").addEventListener("click", () => $("limiting").close());

// One dialog for a pause and its end: which of both it offers depends on the seat that is picked.
$("pause").addEventListener("click", () => {
  const chosen = $("pause-seat").value;
  $("pause-seat").replaceChildren(...[...tiles.keys()].map((seat) => new Option(seat, seat)));
  const wanted = Object.keys(pauses)[0] || (tiles.has(chosen) ? chosen : alerts.length ? alerts[0].seat : "");
  if (tiles.has(wanted)) $("pause-seat").value = wanted;
  offerPause();
  $("pausing").show();
  $("pausing").scrollIntoView({ block: "nearest" });
});
function offerPause() {
  const seat = $("pause-seat").value, resting = paused(seat), cuff = $("pause-reason").value === "cuff";
  put($("pause-state"), resting ? resting.join(" · ") : "A deep fall is told all the same.");
  put($("pause-yes"), resting ? "Back" : "Pause");
  $("pause-reason").disabled = Boolean(resting);
  $("pause-minutes").disabled = Boolean(resting) || cuff;
}
$("pause-seat").addEventListener("change", offerPause);
$("pause-reason").addEventListener("change", offerPause);
$("pause-yes").addEventListener("click", async () => {
  const seat = $("pause-seat").value;
  $("pausing").close();
  if (paused(seat)) await command("/api/back", { seat });
  else await command("/api/pause", { seat, reason: $("pause-reason").value, minutes: Number($("pause-minutes").value) });
});
$("pause-no").addEventListener("click", () => $("pausing").close());
// What a cuff says is entered by hand, and recorded as a moment of that seat.
$("pressure").addEventListener("click", () => {
  $("bp-seat").replaceChildren(...[...tiles.keys()].map((seat) => new Option(seat, seat)));
  if (due.length) $("bp-seat").value = due[0];
  $("bp-systolic").value = $("bp-diastolic").value = "";
  $("pausing").close();
  $("entering").show();
  $("entering").scrollIntoView({ block: "nearest" });
  $("bp-systolic").focus();
});
$("bp-yes").addEventListener("click", async () => {
  const seat = $("bp-seat").value, systolic = Number($("bp-systolic").value), diastolic = Number($("bp-diastolic").value);
  if (await command("/api/pressure", { seat, systolic, diastolic })) { say(`Entered for seat ${seat}: ${systolic}/${diastolic}`); $("entering").close(); }
  showAround();
});
$("bp-no").addEventListener("click", () => $("entering").close());
$("arrived").addEventListener("click", async () => {
  $("arrived").disabled = true;
  if (await command("/api/arrived", {})) say("Noted: the test notification has arrived");
  $("arrived").disabled = false;
  showAround();
});

const READ_MS = 1000;
$("accept").addEventListener("click", async () => {
  $("accept").disabled = true;
  if (toAccept.length) await command("/api/accept", { point: toAccept[0][0] });
  setTimeout(() => { $("accept").disabled = false; }, READ_MS);   // the next sentence is read before it is tapped away
});

let yes = null;
$("session").addEventListener("click", () => {
  const phase = session ? session.phase : "none";
  if (phase === "preparing") command("/api/session/start", {});
  else if (phase === "running") ask("End the session?", "End session", "Keep running", () => command("/api/session/end", {}));
  else ask("Prepare a session", "Prepare", "Not now", () => command("/api/session/prepare", { title: $("new-title").value, seats: Number($("how-many").value) }));
});

function ask(question, doIt, leave, action) {
  const ending = session && session.phase === "running";
  put($("question"), question);
  put($("yes"), doIt);
  put($("no"), leave);
  $("seats-label").hidden = $("title-label").hidden = ending;
  $("asking").dataset.phase = session ? session.phase : "none";
  listOpen();
  yes = action;
  $("pausing").close();
  $("limiting").close();
  $("entering").close();
  if (!ending && tiles.size) $("how-many").value = String(Math.min(tiles.size, 12));   // the same people again
  $("asking").show();
  $("no").focus({ preventScroll: true });   // Enter changes nothing
  $("asking").scrollIntoView({ block: "nearest" });   // on a phone it stands below the tiles, over none
}
function listOpen() {
  const phase = session ? session.phase : "none";
  if ($("asking").open && $("asking").dataset.phase !== phase) $("asking").close();   // answered elsewhere
  const open = phase === "running" ? alerts.map((card) => `${card.seat || "Station"}: ${words(card).join(" · ")}`) : [];
  const lines = open.length || phase !== "running" ? open : ["No open alerts."], list = $("open-alerts");
  while (list.children.length > lines.length) list.lastChild.remove();
  while (list.children.length < lines.length) list.append(document.createElement("li"));
  lines.forEach((line, at) => put(list.children[at], line));
}
$("yes").addEventListener("click", async () => { const action = yes; $("asking").close(); if (action) await action(); });
$("no").addEventListener("click", () => $("asking").close());

const panels = [...document.querySelectorAll("dialog")];
function closePanels() { for (const panel of panels) panel.close(); }
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePanels(); });

document.addEventListener("visibilitychange", tick);
addEventListener("pageshow", tick);
setInterval(tick, TICK_MS);
open();
