"use strict";
(() => {
  const steps = [...document.querySelectorAll("#steps > details")];
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const boxes = [...document.querySelectorAll("#filters input[type=checkbox]")];
  const texts = new Map();
  const apply = () => {
    const wanted = search.value.trim().toLowerCase();
    const kinds = boxes.filter((box) => box.checked).map((box) => box.value);
    let count = 0;
    for (const step of steps) {
      if (wanted && !texts.has(step)) texts.set(step, step.textContent.toLowerCase());
      const has = step.dataset.kinds.split(" ");
      step.hidden = (wanted && !texts.get(step).includes(wanted)) || (kinds.length > 0 && !kinds.some((kind) => has.includes(kind)));
      count += !step.hidden;
    }
    shown.textContent = count + " of " + steps.length + " steps shown";
  };
  if (search) {
    document.getElementById("filters").hidden = false;
    search.oninput = apply;
    boxes.forEach((box) => { box.onchange = apply; });
    apply();
  }
  const unfold = () => {
    let part = null;
    try { part = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    for (let at = part; at; at = at.parentElement) if (at.tagName === "DETAILS") { at.open = true; at.hidden = false; }
    if (part) part.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  const folded = [];
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details:not([open])")) { folded.push(part); part.open = true; } });
  addEventListener("afterprint", () => { for (const part of folded.splice(0)) part.open = false; });
})();
