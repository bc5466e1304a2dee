// The page works without this: frames are links to the list. With it, a frame and its entry in the list show each other.
"use strict";
const entries = new Map();
for (const frame of document.querySelectorAll("a.mark")) entries.set(frame.getAttribute("href").slice(1), frame);
let lit = [];
function light(target, scroll) {
  for (const old of lit) old.classList.remove("on");
  lit = [];
  const frame = target.closest("a.mark");
  const entry = frame ? document.getElementById(frame.getAttribute("href").slice(1)) : target.closest("li.block");
  if (!entry) return;
  lit = [entry, frame ?? entries.get(entry.id)].filter(Boolean);
  for (const one of lit) one.classList.add("on");
  const list = entry.closest(".list");
  // Only where the list has a scroll of its own: the page must not move under the pointer.
  if (frame && scroll && list && list.scrollHeight > list.clientHeight && getComputedStyle(list).overflowY === "auto") {
    const gap = entry.getBoundingClientRect().top - list.getBoundingClientRect().top;
    list.scrollTop += gap - list.clientHeight / 4;
  }
}
document.addEventListener("pointerover", (event) => light(event.target, true));
document.addEventListener("focusin", (event) => light(event.target, true));
