// The guide's script: follows the program's state, swaps what changed, and keeps focus where the person is.
// Every page works by reloading as well; nothing is decided here.
"use strict";

const body = document.body;
const byId = (id) => document.getElementById(id);
const say = (text) => { const place = byId("announce"); if (place && text && place.textContent !== text) place.textContent = text; };

// --- pages that follow the state ---

const regions = new Map([...document.querySelectorAll("[data-region]")].map((r) => [r.dataset.region, r]));
const shown = new Map([...regions].map(([name, region]) => [name, region.innerHTML]));

function swap(name, html) {
  const region = regions.get(name);
  if (!region || shown.get(name) === html) return;
  const inside = region.contains(document.activeElement) ? document.activeElement : null;
  later.delete(name);
  if (inside && isTyping(inside)) { later.set(name, html); return; }
  const open = new Set([...region.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  region.innerHTML = html;
  shown.set(name, html);
  for (const summary of region.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  if (inside) (byId(inside.id) ?? byId("heading"))?.focus({ preventScroll: true });
}

// What changed around a half-typed text waits until the person has left the field.
const later = new Map();
document.addEventListener("focusout", () => setTimeout(() => { for (const [name, html] of [...later]) swap(name, html); }));

function isTyping(element) {
  return element.matches("input:not([type=checkbox], [type=radio], [type=file]), textarea") && element.value !== element.defaultValue;
}

function show(news) {
  if (news.version < Number(body.dataset.version)) return;
  const other = news.step !== body.dataset.step;
  body.dataset.version = news.version;
  body.dataset.step = news.step;
  // A new step begins at its heading, unless the person is busy beside the page (the demo's Ledger, the foot).
  const reading = isReading();
  if (other && reading) document.activeElement.blur();
  const before = byId("heading")?.textContent;
  for (const [name, html] of Object.entries(news.html)) swap(name, html);
  const heading = byId("heading");
  if (other) {
    place(news.step);
    window.scrollTo({ top: 0 });
  }
  if (other ? reading : heading?.textContent !== before && document.activeElement === body) heading?.focus({ preventScroll: true });
  if (heading) document.title = `${news.step} ${heading.textContent} – Ledger Recovery`;
  say(news.announce);
  tick();
}

function isReading() {
  const at = document.activeElement;
  return at === body || [...regions.values()].some((region) => region.contains(at));
}

function place(code) {
  const number = Number(/^R(\d+)/.exec(code)?.[1] ?? 0);
  byId("code").textContent = code;
  byId("where-words").textContent = number ? `Step ${number} of 10` : "Start";
  byId("sheet-link").href = `/sheet/${code}`;
}

let source = null;
function follow() {
  source = new EventSource("/events");
  source.onmessage = (message) => {
    lost(false);
    const news = JSON.parse(message.data);
    show(news);
    if (news.ended) { body.dataset.ended = ""; source.close(); }
  };
  source.onopen = () => lost(false);
  source.onerror = () => lost(!("ended" in body.dataset));
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

let away = 0;
function lost(now) {
  clearTimeout(away);
  const alarm = byId("alarm");
  if (!now) { alarm.textContent = ""; alarm.className = "hidden-text"; return; }
  away = setTimeout(() => {
    alarm.className = "gone";
    alarm.textContent = "The program does not answer. Nothing is lost: start it again with “ledger-recovery guide” and open the address that it prints.";
  }, 2500);
}

// --- forms: sent without leaving the page; the answer says whether they were taken, the stream brings what follows ---

document.addEventListener("submit", (event) => {
  const form = event.target;
  const ours = ["live", "upload"].some((kind) => form.hasAttribute(`data-${kind}`));
  if (!ours) return;
  event.preventDefault();
  if (form.hasAttribute("data-guard") && [...form.elements].some(refuse)) return;
  send(form);
});

function post(form) {
  const file = form.querySelector("input[type=file]");
  const headers = { accept: "application/json", "x-csrf": body.dataset.csrf };
  if (!file) return fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers });
  return fetch(form.dataset.upload, { method: "POST", body: file.files[0], headers: { ...headers, "content-type": "application/octet-stream" } });
}

async function send(form) {
  const buttons = [...form.querySelectorAll("button")];
  if (buttons.some((b) => b.getAttribute("aria-disabled") === "true")) return;
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  try {
    const answer = await (await post(form)).json();
    if (!answer.ok) refused(form, answer);
    else sent(form);
  } catch {
    lost(true);
  } finally {
    for (const button of buttons) button.removeAttribute("aria-disabled");
  }
}

function sent(form) {
  form.querySelector(".refused")?.remove();
  for (const secret of form.querySelectorAll("input[type=password], textarea")) secret.value = "";
  if ("ended" in body.dataset) return; // nobody would answer any more: what stands here is the last page
  if (!source || source.readyState === EventSource.CLOSED) location.reload();
}

function refused(form, answer) {
  const told = complaint(form, form.querySelector(".actions, button"));
  told.textContent = [answer.sentence, answer.hint].filter(Boolean).map(asSentence).join(" ");
  told.scrollIntoView({ block: "nearest" });
}

function complaint(form, before) {
  let told = form.querySelector(".refused");
  if (!told) {
    told = document.createElement("p");
    told.className = "refused";
    told.setAttribute("role", "alert");
    form.insertBefore(told, [...form.children].find((child) => child.contains(before)) ?? null);
  }
  return told;
}

function asSentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");
}

// --- recovery words: refused here already, before anything is sent (the program refuses them as well) ---

let list = null;
const IN_A_ROW = 6;

async function wordList() {
  list ??= fetch("/static/words.txt").then((a) => a.text()).then((text) => {
    const words = new Set();
    for (const word of text.split(/\s+/)) if (word) for (let n = Math.min(4, word.length); n <= word.length; n += 1) words.add(word.slice(0, n));
    return words;
  });
  return list;
}

let known = null;
function looksLikeWords(text) {
  if (!known) return false;
  let row = 0;
  const folded = text.normalize("NFKD").toLowerCase().replace(/[\p{Cf}\p{Mn}]/gu, "");
  for (const word of folded.match(/[a-z]+/g) ?? []) {
    row = known.has(word) ? row + 1 : 0;
    if (row >= IN_A_ROW) return true;
  }
  return false;
}

function refuse(field) {
  if (!field.matches?.("input, textarea") || field.hasAttribute("data-words") || !looksLikeWords(field.value)) return false;
  field.value = "";
  field.setAttribute("aria-invalid", "true");
  const told = complaint(field.form, field);
  told.textContent = "This looks like recovery words. They were not kept and not sent. Nobody who helps you needs them: they belong on your Ledger’s own screen only. If somebody asked for them, stop.";
  field.focus();
  return true;
}

document.addEventListener("focusin", (event) => {
  if (!event.target.matches("input[type=text], input[type=password], textarea")) return;
  // What was pasted while the list was on its way is looked at when it is here.
  wordList().then((words) => { known = words; refuse(event.target); });
});
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches("input[type=text], input[type=password], textarea") && !field.hasAttribute("data-words")) {
    if (!refuse(field)) { field.removeAttribute("aria-invalid"); field.form?.querySelector(".refused")?.remove(); }
  }
});

// --- small helps ---

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.hasAttribute("data-print")) window.print();
  if (button.dataset.copy) {
    const place = byId(button.dataset.copy);
    try { await navigator.clipboard.writeText(place.textContent); say("Copied."); button.lastChild.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(place); say("Selected: copy it with the keyboard."); }
  }
});

// How long a request has been waiting: counted from when this browser first saw it, also after a reload.
function tick() {
  for (const place of document.querySelectorAll("[data-since]")) {
    const name = `since-${place.dataset.since}`;
    const began = Number(sessionStorage.getItem(name) ?? Date.now());
    sessionStorage.setItem(name, String(began));
    const seconds = Math.floor((Date.now() - began) / 1000);
    place.textContent = seconds < 5 ? "" : `, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

if (regions.size) {
  tick();
  setInterval(tick, 1000);
  if (!("ended" in body.dataset)) follow();
}
