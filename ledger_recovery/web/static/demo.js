// The emulated Ledger of a demo: its picture kept up to date, and a hand on it. Without this script its buttons are
// plain forms, and the page shows what it showed when it was loaded.
"use strict";

(() => {
  const LOOK_MS = 250;
  const HOLD_MS = 1500;
  const SWIPE_PIXELS = 20;
  const part = (id) => document.getElementById(`demo-${id}`);
  const screen = part("screen");
  let shown = "";
  let pixels = [1, 1];

  // --- what it shows ---

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/demo/look", { cache: "no-store" });
      if (answer.status === 200) show(await answer.text());
    } catch { /* the emulator is starting or ending; the next look will tell */ }
  }

  function show(text) {
    if (text === shown) return;
    shown = text;
    const news = JSON.parse(text);
    pixels = news.pixels;
    part("heading").textContent = news.title;
    part("how").textContent = news.how;
    part("place").hidden = false;
    screen.width = news.width;
    screen.height = news.height;
    screen.toggleAttribute("data-touch", news.touch);
    part("buttons").classList.toggle("touch", news.touch);
    if (screen.alt !== news.text) part("words").textContent = news.text;
    screen.alt = news.text;
    screen.src = `/demo/screen.png?${performance.now()}`;
    offer(news.buttons);
  }

  // The control that has the focus keeps it as long as it is there.
  function offer(html) {
    const place = part("buttons");
    const held = place.contains(document.activeElement) ? document.activeElement : null;
    place.innerHTML = html;
    if (held) (document.getElementById(held.id) ?? place.querySelector("button") ?? part("heading")).focus({ preventScroll: true });
  }

  // --- a hand: one thing after the other, in the order in which it was done ---

  let last = Promise.resolve();
  function press(path, fields) {
    const body = new URLSearchParams(fields);
    body.set("csrf", document.body.dataset.csrf);
    last = last.then(() => fetch(path, { method: "POST", headers: { accept: "application/json" }, body })).then(look, look);
  }

  part("buttons").addEventListener("submit", (event) => {
    event.preventDefault();
    press(event.target.action, new FormData(event.target));
  });

  function point(event) {
    const box = screen.getBoundingClientRect();
    const scaled = (at, size, most) => Math.min(most - 1, Math.max(0, Math.floor((at / size) * most)));
    return { x: scaled(event.clientX - box.left, box.width, pixels[0]), y: scaled(event.clientY - box.top, box.height, pixels[1]) };
  }

  let finger = null;
  function lift() {
    clearTimeout(finger?.full);
    finger = null;
  }

  screen.addEventListener("pointerdown", (event) => {
    if (!screen.hasAttribute("data-touch") || event.button !== 0) return;
    screen.setPointerCapture(event.pointerId);
    lift();
    const start = point(event);
    finger = { start, full: setTimeout(() => { lift(); press("/demo/press/hold", start); }, HOLD_MS) };
  });
  screen.addEventListener("pointerup", (event) => {
    if (!finger) return;
    const { start } = finger;
    lift();
    const across = point(event).x - start.x;
    if (Math.abs(across) < SWIPE_PIXELS) press("/demo/press/tap", start);
    else press(`/demo/press/swipe-${across < 0 ? "left" : "right"}`, {});
  });
  screen.addEventListener("pointercancel", lift);

  const around = () => look().finally(() => { if (!("ended" in document.body.dataset)) setTimeout(around, LOOK_MS); });
  around();
})();
