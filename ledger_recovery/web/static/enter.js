// The way in: the key after the # is handed over once, and then leaves the address bar.
"use strict";

const key = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

async function enter() {
  if (!key) return false;
  const answer = await fetch("/enter", {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: key,
  });
  await answer.text();
  return answer.ok;
}

enter().catch(() => false).then((inside) => {
  if (inside) location.replace("/step");
  document.getElementById("opening").hidden = !inside;
  document.getElementById("closed").hidden = inside;
});
