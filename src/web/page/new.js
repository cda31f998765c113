// Says what is wrong with a new batch while one types. The form does all of it without.
(() => {
  "use strict";
  const form = document.getElementById("new");
  if (!form) return;
  const touched = new Set();
  let timer;
  let asking;

  // Fields that nobody has been at yet are not complained about.
  const show = (page) => {
    for (const name of touched) {
      const [old, next] = [document, page].map((from) => from.getElementById(`wrong-${name}`));
      const input = document.getElementById(name);
      if (!old || !next || !input) continue;
      old.replaceWith(next);
      if (next.childElementCount) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    const [old, next] = [document, page].map((from) => from.getElementById("checked"));
    if (old && next) old.replaceWith(next);
    offerCopy();
  };

  const check = async () => {
    if (asking) asking.abort();
    asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("do", "check");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: asking.signal, cache: "no-store" });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next letter tries again, and so does the button.
    }
  };

  form.addEventListener("input", (event) => {
    touched.add(event.target.name);
    // A policy, and the other end of a range, may be what is wrong.
    if (event.target.name === "file") ["source", "target"].forEach((name) => document.getElementById(name).value && touched.add(name));
    if (event.target.name === "from" && document.getElementById("to").value) touched.add("to");
    clearTimeout(timer);
    timer = setTimeout(check, 400);
  });

  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (asking) asking.abort();
    const busy = document.getElementById("busy");
    if (event.submitter && event.submitter.value === "plan") busy.textContent = busy.dataset.told;
  });

  const offerCopy = () => {
    const copy = document.getElementById("copy");
    if (copy && navigator.clipboard) copy.hidden = false;
  };

  document.addEventListener("click", async (event) => {
    if (event.target.id !== "copy") return;
    try {
      await navigator.clipboard.writeText(document.getElementById("yaml").textContent);
      event.target.textContent = event.target.dataset.done;
    } catch {
      // The text can be marked and copied by hand.
    }
  });

  offerCopy();
})();
