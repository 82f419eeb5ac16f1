// Shows the screen of the emulated device and passes buttons and fingers to it. Uses the public REST API only.
"use strict";

const byId = (id) => document.getElementById(id);
const screenImage = byId("screen");
let device = null;
let refreshing = false;
let again = false;

async function post(path, body) {
  try {
    await fetch(path, { method: "POST", body: JSON.stringify(body) });
  } catch {
    showGone();
  }
  await refresh();
}

function showGone() {
  byId("state").textContent = "ended";
  byId("hint").textContent = "The emulator has ended. Start it again and reload this page.";
}

async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const [state, events] = await Promise.all([
      fetch("/x/state").then((answer) => answer.json()),
      fetch("/events?currentscreenonly=true").then((answer) => answer.json()),
    ]);
    show(state, events.events.map((event) => event.text));
  } catch {
    showGone();
  }
  refreshing = false;
  if (again) { again = false; await refresh(); }
}

function show(state, texts) {
  device = state;
  document.body.className = state.touch ? "touch" : "buttons";
  byId("model").textContent = state.model_title;
  byId("app").textContent = `${state.app_name} ${state.app_version}`;
  const status = byId("state");
  status.textContent = state.locked ? "locked" : state.awaits_person ? "waits for you" : "ready";
  status.classList.toggle("waits", state.awaits_person);
  byId("lock").textContent = state.locked ? "Unlock" : "Lock";
  byId("hint").textContent = state.touch
    ? "Tap, swipe or hold on the screen. Keys: arrows swipe."
    : "Left and right turn pages, both together choose. Keys: arrows and Enter.";
  screenImage.alt = `Screen: ${texts.filter((text) => text.trim()).join(", ")}`;
  screenImage.src = `/screenshot?${Date.now()}`;
  byId("texts").replaceChildren(...texts.filter((text) => text.trim()).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function press(name) {
  post(`/button/${name}`, { action: "press-and-release", delay: 0 });
}

function swipe(toLeft) {
  const y = Math.round(device.height / 2);
  const [x, x2] = toLeft ? [device.width - 80, 80] : [80, device.width - 80];
  post("/finger", { action: "press-and-release", x, y, x2, y2: y, delay: 0 });
}

function point(event) {
  const box = screenImage.getBoundingClientRect();
  const scale = (value, size, limit) => Math.min(limit - 1, Math.max(0, Math.round((value / size) * limit)));
  return {
    x: scale(event.clientX - box.left, box.width, device.width),
    y: scale(event.clientY - box.top, box.height, device.height),
  };
}

for (const name of ["left", "right", "both"]) {
  byId(name).addEventListener("click", () => press(name));
}

byId("lock").addEventListener("click", () => post("/x/lock", { locked: !device.locked }));

screenImage.addEventListener("pointerdown", (event) => {
  if (!device?.touch) { return; }
  screenImage.setPointerCapture(event.pointerId);
  post("/finger", { action: "press", ...point(event) });
});

screenImage.addEventListener("pointerup", (event) => {
  if (device?.touch) { post("/finger", { action: "release", ...point(event) }); }
});

document.addEventListener("keydown", (event) => {
  if (!device || event.target instanceof HTMLButtonElement) { return; }
  if (event.key === "ArrowLeft") { device.touch ? swipe(false) : press("left"); }
  if (event.key === "ArrowRight") { device.touch ? swipe(true) : press("right"); }
  if (event.key === "Enter" && !device.touch) { press("both"); }
});

const stream = new EventSource("/events?stream=true");
stream.onmessage = refresh;
stream.onerror = refresh;
refresh();
