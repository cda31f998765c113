// Renews what a page shows while it is open. Everything is there without it.
(() => {
  "use strict";
  const address = document.body.dataset.events;
  const live = document.getElementById("live");
  if (!address || !live || !("EventSource" in window)) return;
  let source;
  let renewal;
  let last = "";

  // One element of ours in the place of another, unless someone is using it just now.
  const replace = (old, html) => {
    if (!old || old.contains(document.activeElement)) return false;
    const template = document.createElement("template");
    template.innerHTML = html;
    const next = template.content.firstElementChild;
    if (!next || next.outerHTML === old.outerHTML) return false;
    old.replaceWith(next);
    return true;
  };

  const tell = (text) => {
    if (live.textContent !== text) live.textContent = text;
  };

  // The rest of a batch's page, a little later: many pages may be open.
  const renew = () => {
    if (renewal) return;
    renewal = setTimeout(async () => {
      renewal = undefined;
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page");
        const old = document.getElementById("page");
        if (page && old && !old.contains(document.activeElement)) old.replaceWith(page);
      } catch {
        // The next change tries again.
      }
    }, 300 + Math.random() * 2000);
  };

  // Batches that came or went are shown when the reader wants it, so that no row moves under the hand.
  const offer = () => {
    if (live.querySelector("a")) return;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = live.dataset.show;
    live.replaceChildren(live.dataset.new + " ", link);
  };

  const standing = (html) => {
    const old = document.getElementById("standing");
    if (!html || !old) return;
    const before = old.dataset.all;
    replace(old, html);
    const now = document.getElementById("standing").dataset.all;
    if (before !== now) offer();
  };

  const batch = ({ number, row, head }) => {
    const of = (name) => document.querySelector(`[data-${name}="${CSS.escape(number)}"]`);
    if (of("batch")) {
      // A row cannot stand outside of a table.
      const template = document.createElement("template");
      template.innerHTML = `<table><tbody>${row}</tbody></table>`;
      const next = template.content.querySelector("tr");
      const old = of("batch");
      if (next && !old.contains(document.activeElement) && next.outerHTML !== old.outerHTML) old.replaceWith(next);
    }
    const before = of("head");
    if (before) {
      const state = before.dataset.state;
      replace(before, head);
      if (of("head").dataset.state !== state) renew();
    }
  };

  const open = () => {
    if (source) return;
    const url = new URL(address, location.href);
    if (last) url.searchParams.set("since", last);
    source = new EventSource(url);
    source.addEventListener("open", () => {
      if (!live.querySelector("a")) tell(live.dataset.on);
    });
    source.addEventListener("error", () => {
      if (!live.querySelector("a")) tell(live.dataset.off);
    });
    source.addEventListener("changes", (event) => {
      last = event.lastEventId;
      const changes = JSON.parse(event.data);
      changes.batches.forEach(batch);
      standing(changes.standing);
    });
  };

  const close = () => {
    if (source) source.close();
    source = undefined;
  };

  // A browser has few connections to one place: a page that nobody sees lets go of its own.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  if (!document.hidden) open();
})();
