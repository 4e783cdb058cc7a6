"use strict";
const $ = id => document.getElementById(id);
const made = (tag, text, cls) => {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
};
const yuan = fen => (fen / 100).toFixed(2);
const zh = {
  network: "网络", gateway: "支付网关", scanner: "扫码器", panel: "屏幕", disk: "存储卡", clock: "时钟", shop: "主循环",
};
const well = { on: 1, up: 1, ok: 1 };
// The slots' troubles of every day; the others are for tests and by curl.
const everyday = ["ok", "jam", "no-drop", "late-drop", "spark"];

function say(text, bad) {
  const li = made("li"), at = made("time", new Date().toTimeString().slice(0, 8));
  li.append(at, made("span", text, bad ? "no" : ""));
  $("said").prepend(li);
  while ($("said").children.length > 30) $("said").lastChild.remove();
}

async function post(path, form) {
  try {
    const r = await fetch("/street/" + path, { method: "POST", body: new URLSearchParams(form) });
    const a = await r.json();
    return r.ok ? a : { error: a.error };
  } catch {
    return { error: "no answer" };
  }
}

async function press(button, slot) {
  button.classList.add("down");
  const a = await post("press", { slot });
  button.classList.remove("down");
  const name = slot === "cancel" ? "Cancel" : "Key " + slot;
  say(a.error ? `${name}: ${a.error}` : `${name} pressed`, a.error);
  poll();
}

// A switch is built once and then only moved, so that a poll never takes the focus away.
const seats = {};
function seat(id, can, send) {
  const seg = made("div", undefined, "seg");
  seats[id] = {};
  for (const how of can) {
    const label = made("label", undefined, well[how] ? "well" : ""), radio = made("input");
    radio.type = "radio"; radio.name = id; radio.value = how;
    radio.addEventListener("change", () => send(how));
    label.append(radio, how);
    seg.append(label);
    seats[id][how] = radio;
  }
  return seg;
}
const stand = (id, how) => { const r = (seats[id] || {})[how]; if (r) r.checked = true; else for (const k in seats[id]) seats[id][k].checked = false; };

async function trouble(form) {
  const a = await post("trouble", form);
  say(a.error || `${form.what}${form.slot ? " " + form.slot : ""}: ${form.how}`, a.error);
  poll();
}

const shelves = {};
function build(st) {
  for (const t of st.troubles) {
    const id = t.what + (t.slot || "");
    if (seats[id] || t.what === "slot") continue;
    const row = made("div", undefined, "switch"), name = made("span", t.what), small = made("small", zh[t.what]);
    small.lang = "zh"; name.append(small);
    const order = [...t.can].reverse();
    row.append(name, seat(id, order, how => trouble({ what: t.what, how })));
    row.setAttribute("role", "radiogroup"); row.setAttribute("aria-label", t.what);
    $("troubles").append(row);
  }
  for (const s of st.slots) {
    if (shelves[s.number]) continue;
    const key = made("button", undefined, "key"), words = made("span"), name = made("b"), price = made("small");
    words.append(name, price);
    key.append(made("i", s.number), words);
    key.addEventListener("click", () => press(key, String(s.number)));
    $("keys").append(key);

    const card = made("div", undefined, "shelf"), h = made("h3"), title = made("span"), stock = made("em");
    h.append(made("i", s.number), title, stock);
    const fault = made("div", "", "fault"), nums = made("div", undefined, "nums");
    const turned = made("b"), dropped = made("b"), a = made("span", "turned "), b = made("span", "dropped ");
    a.append(turned); b.append(dropped); nums.append(a, b);
    card.append(h, made("div", undefined, "coil"), nums, fault,
      seat("slot" + s.number, everyday, how => trouble({ what: "slot", slot: s.number, how })));
    $("shelves").append(card);
    shelves[s.number] = { name, price, card, title, stock, fault, turned, dropped, seen: s.dropped };
  }
  $("cancel").hidden = !st.cancel;
}

function fell(number) {
  $("fallen").append(made("span", number, "good"));
  while ($("fallen").children.length > 16) $("fallen").firstChild.remove();
}

function showSlots(st) {
  for (const s of st.slots) {
    const e = shelves[s.number];
    e.name.textContent = e.title.textContent = s.name || "Slot " + s.number;
    e.price.textContent = s.fen === undefined ? "" : "¥ " + yuan(s.fen) + (s.fault ? " · " + s.fault : s.stock > 0 ? "" : " · sold out");
    e.stock.textContent = s.stock === undefined ? "" : "stock " + s.stock;
    e.fault.textContent = s.fault || (everyday.includes(s.trouble) ? "" : s.trouble);
    e.fault.hidden = !e.fault.textContent;
    e.turned.textContent = s.turned; e.dropped.textContent = s.dropped;
    e.card.classList.toggle("turning", s.turning);
    for (; e.seen < s.dropped; e.seen++) fell(s.number);
    stand("slot" + s.number, s.trouble);
  }
}

function pairs(dl, list) {
  dl.replaceChildren(...list.flatMap(([k, v]) => [made("dt", k), made("dd", v)]));
}

function show(st) {
  build(st);
  showSlots(st);
  for (const t of st.troubles) if (t.what !== "slot") stand(t.what, t.how);
  const f = st.front, k = st.kiosk;
  $("lamp").className = "lamp " + (k.ready ? "on" : "off");
  $("ready").textContent = !k.answers ? "The kiosk is silent" : k.ready ? "Selling" : "Not selling";
  $("why").textContent = (k.why || []).map(w => w.text || w.code).join(" · ");
  pairs($("front"), [
    ["Screen", f && f.screen ? f.screen : "idle"],
    ["Order", f && f.no ? f.no : "–"],
    ["Choice", f && f.slot ? `slot ${f.slot}, ¥ ${yuan(f.fen)}` : "–"],
    ["Clock", st.clock.wall.replace("T", " ") + (st.clock.synced ? "" : " · not set")],
    ["Panel", `${st.panel.width}×${st.panel.height}, ${st.panel.lit ? "lit" : "dark"}, ${(st.panel.bytes / 1e6).toFixed(1)} MB sent`],
  ]);
  const rows = [...st.gateway.orders].reverse().slice(0, 60).map(o => {
    const tr = made("tr"), state = made("td");
    state.append(made("span", o.state, "chip " + o.state));
    const no = made("td", o.out_trade_no.length > 16 ? o.out_trade_no.slice(0, 13) + "…" : o.out_trade_no);
    no.title = o.out_trade_no;
    tr.append(no, made("td", o.means || ""), state, made("td", yuan(o.fen)), made("td", o.refunded_fen ? yuan(o.refunded_fen) : "–"));
    return tr;
  });
  if (!rows.length) {
    const tr = made("tr"), td = made("td", st.gateway.here ? "none yet · 暂无" : "the gateway is not the street's own", "none");
    td.colSpan = 5; tr.append(td); rows.push(tr);
  }
  $("orders").replaceChildren(...rows);
  $("broken").hidden = !st.violations.length;
  $("broken").querySelector("ul").replaceChildren(...st.violations.map(v => made("li", v)));
  $("foot").textContent = (st.unkept ? st.unkept + " · " : "") + `up ${st.uptime_s} s · counts, shelves and switches are kept beside the book and outlive the plug`;
  fit(st.panel);
}

// The glass is shown at a whole number of screen points per pixel.
function fit(p) {
  const img = $("glass"), machine = img.closest(".machine").clientWidth - 62;
  const beside = window.innerWidth > 620 ? 214 : 0;
  const n = Math.max(1, Math.min(2, Math.floor((machine - beside) / p.width), Math.floor(700 / p.height)));
  img.width = p.width * n; img.height = p.height * n;
}

let glassURL;
async function glass() {
  const r = await fetch("/street/glass.png", { cache: "no-store" });
  if (!r.ok) return;
  const url = URL.createObjectURL(await r.blob()), next = new Image();
  next.src = url;
  await next.decode();
  $("glass").src = url;
  if (glassURL) URL.revokeObjectURL(glassURL);
  glassURL = url;
}

let polling = false;
async function poll() {
  if (polling) return;
  polling = true;
  let st;
  try {
    const r = await fetch("/street/state.json", { cache: "no-store" });
    st = await r.json();
    await glass();
  } catch {
    st = undefined;
    $("lamp").className = "lamp";
    $("ready").textContent = "No power";
  }
  $("dark").hidden = !!st;
  document.body.classList.toggle("gone", !st);
  polling = false;
  if (st) show(st);
}

for (const b of document.querySelectorAll("[data-phone]")) b.addEventListener("click", async () => {
  const a = await post("phone", { do: b.dataset.phone });
  say(a.error ? "Phone: " + a.error : `Phone: ${a.says || "read " + a.text}`, a.error);
  poll();
});
for (const b of document.querySelectorAll("[data-password]")) b.addEventListener("click", async () => {
  const a = await post("password", { do: b.dataset.password });
  say(a.error ? "Password: " + a.error : `Password: ${b.dataset.password} for ${a.out_trade_no}`, a.error);
  poll();
});
$("scan").addEventListener("submit", async e => {
  e.preventDefault();
  const code = e.target.code.value.trim(), ask = e.submitter ? e.submitter.dataset.ask : "none";
  $("slit").classList.add("read");
  const a = await post("scan", { code, ask });
  setTimeout(() => $("slit").classList.remove("read"), 250);
  // The code itself is the customer's secret: only its ends are shown.
  say(a.error ? "Scan: " + a.error : `Scanned ${a.code.slice(0, 2)}…${a.code.slice(-2)}`, a.error);
  e.target.code.value = "";
  poll();
});
$("cancel").addEventListener("click", () => press($("cancel"), "cancel"));
$("plug").addEventListener("click", async () => {
  await post("plug", {});
  say("The plug is out", true);
  poll();
});
poll();
setInterval(poll, 500);
