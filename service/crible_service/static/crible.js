// The page works without this file: it only says that reading has begun, and keeps a second click from sending twice.
"use strict";
for (const form of document.querySelectorAll("form")) {
  const status = form.querySelector("[role=status]");
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    form.setAttribute("aria-busy", "true");
    if (status) status.textContent = status.dataset.text;
  });
  // Back from the result, the browser may show this page as it was left.
  window.addEventListener("pageshow", () => {
    sent = false;
    form.removeAttribute("aria-busy");
    if (status) status.textContent = "";
  });
}
