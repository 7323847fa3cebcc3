// Whose clip is whose: asks the station once a second what is in range and what it says.
//
// The rule of the bedside page holds here too: a number is shown only while it is young. Its age is the age
// when the station answered, plus the time since we asked; without an answer every number goes.
const LIVE_MS = 3000, STALE_MS = 5000, ASK_MS = 1000, LOST_MS = 4000, SHOW_MS = 250, SAID_MS = 6000, READ_MS = 1000;
const NAME = "holdspace.name";

const $ = (id) => document.getElementById(id);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const by = () => { try { return localStorage.getItem(NAME) || "facilitator"; } catch { return "facilitator"; } };

let told = null, askedAt = 0, chosen = "", picked = false, saidUntil = 0;

function say(sentence) {
  put($("say"), sentence);
  saidUntil = performance.now() + SAID_MS;
}

async function ask() {
  const asked = performance.now();
  try {
    const answer = await fetch("/api/fitting", { signal: AbortSignal.timeout(LOST_MS) });
    if (answer.ok) { told = await answer.json(); askedAt = asked; show(); }
  } catch { /* shown as lost by its age */ }
  setTimeout(ask, ASK_MS);
}

async function command(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Holdspace": "page" },
      body: JSON.stringify({ ...body, by: by() }),
      signal: AbortSignal.timeout(LOST_MS),
    });
    if (answer.ok) return true;
    say((await answer.json()).detail || "The station refused.");
  } catch {
    say("The station did not answer; nothing is known to have changed.");
  }
  return false;
}

// What stands for a clip: its numbers while they are young, else why there are none.
function numbers(node, said) {
  const age = said.age_ms === null ? Infinity : said.age_ms + performance.now() - askedAt;
  const young = age < STALE_MS && (said.spo2 !== null || said.pulse_rate !== null);
  node.dataset.freshness = young ? (age < LIVE_MS ? "live" : "delayed") : "none";
  if (young) put(node, `${said.spo2 ?? "––"} %  ${said.pulse_rate ?? "––"}`);
  else put(node, age < STALE_MS ? said.why || "no number" : said.why && !said.connected ? said.why : "––");
}

function list(root, template, items, key, fill) {
  const known = new Map([...root.children].map((li) => [li.dataset.key, li]));
  for (const [id, li] of known) if (!items.some((item) => item[key] === id)) li.remove();
  items.forEach((item, place) => {
    let li = known.get(item[key]);
    if (!li) {
      li = $(template).content.cloneNode(true).firstElementChild;
      li.dataset.key = item[key];
    }
    if (root.children[place] !== li) root.insertBefore(li, root.children[place] || null);
    fill(li, item);
  });
}

function show() {
  if (performance.now() > saidUntil) put($("say"), "");
  if (!told) return;
  const lost = performance.now() - askedAt > LOST_MS;
  document.body.dataset.link = lost ? "lost" : "live";
  document.body.dataset.phase = told.phase;
  if (lost) say("No word from the station. The numbers here are too old to show.");
  $("radio").hidden = !told.radio;
  put($("radio"), told.radio);
  $("slots").hidden = !told.slots;
  put($("slots"), told.slots);
  const open = told.phase === "preparing" || told.phase === "running";
  $("prepare").hidden = open;
  $("fitting").hidden = !open;
  $("start").hidden = told.phase !== "preparing";
  $("accepting").hidden = told.notices.length === 0;
  put($("accepting").firstElementChild, told.notices.length ? told.notices[0][1] : "");   // one tap for each
  $("start").disabled = told.notices.length > 0;
  if (!told.seats.some((seat) => seat.seat === chosen)) picked = false;
  if (!picked) chosen = (told.seats.find((seat) => !seat.address) || { seat: "" }).seat;
  list($("seats"), "seat", told.seats, "seat", (li, seat) => {
    const one = (query) => li.querySelector(query);
    li.dataset.chosen = seat.seat === chosen ? "yes" : "no";
    put(one(".letter"), seat.seat);
    put(one(".who"), seat.who);
    put(one(".worn"), seat.address ? seat.name || seat.address : "no clip yet");
    if (seat.address) numbers(one(".numbers"), seat);
    else { put(one(".numbers"), ""); }
    one(".off").hidden = !seat.address;
    one(".row").onclick = () => { chosen = seat.seat; picked = true; show(); };
    one(".off").onclick = async () => { if (await command("/api/release", { seat: seat.seat })) say(`Seat ${seat.seat} has no clip now`); };
  });
  const free = told.clips.filter((clip) => !clip.seat);
  list($("clips"), "clip", free, "address", (li, clip) => {
    const one = (query) => li.querySelector(query);
    numbers(one(".numbers"), clip);
    put(one(".name"), clip.name || clip.address);
    put(one(".about"), [clip.address.slice(-5), clip.signal, clip.alike > 1 ? `one of ${clip.alike} alike` : "", clip.certain ? "" : "perhaps no oximeter"].filter(Boolean).join(" · "));
    one(".row").disabled = !chosen || lost;
    one(".row").setAttribute("aria-label", `${clip.name || clip.address}: give it to seat ${chosen}`);
    one(".row").onclick = () => wear(clip);
  });
  $("none").hidden = free.length > 0 || Boolean(told.radio);   // a radio that does not work hears nobody
}

async function wear(clip) {
  const seat = chosen;
  if (!seat || !(await command("/api/bind", { seat, address: clip.address }))) return;
  say(`${clip.name || clip.address} is on seat ${seat}`);
  picked = false;
  for (const one of told.seats) if (one.seat === seat) one.address = clip.address;
  show();
}

$("start").addEventListener("click", async () => { if (await command("/api/session/start", {})) location.href = "/"; });
$("accept").addEventListener("click", async () => {
  const [point] = told.notices[0] || [];
  $("accept").disabled = true;
  setTimeout(() => { $("accept").disabled = false; }, READ_MS);   // the next sentence is read before it is tapped away
  if (!point || !(await command("/api/accept", { point }))) return;
  told.notices = told.notices.filter(([one]) => one !== point);
  show();
});
$("count").addEventListener("change", fillCodes);
function fillCodes() {
  const seats = $("codes").dataset.seats.split(" ").slice(0, Number($("count").value)), root = $("codes");
  while (root.children.length > seats.length) root.lastChild.remove();
  seats.slice(root.children.length).forEach((seat, place) => {
    const li = document.createElement("li"), label = document.createElement("label"), code = document.createElement("input");
    code.value = `P${root.children.length + 1}`;
    code.maxLength = 40;
    code.autocomplete = "off";
    label.append(`${seat} `, code);
    li.append(label);
    root.append(li);
  });
}
$("prepare").addEventListener("submit", async (event) => {
  event.preventDefault();
  const seats = $("codes").dataset.seats.split(" ");
  const roster = Object.fromEntries([...$("codes").querySelectorAll("input")].map((code, place) => [seats[place], code.value.trim()]));
  if (await command("/api/session/prepare", { title: $("title").value, roster })) say("Prepared: now fit the clips");
});

fillCodes();
setInterval(show, SHOW_MS);
ask();
