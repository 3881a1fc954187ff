"use strict";
(() => {
  const root = document.documentElement;
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const keep = () => history.replaceState(null, "", "#" + state.toString());
  const theme = document.getElementById("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  if (state.get("theme")) root.dataset.theme = state.get("theme");
  theme.hidden = false;
  theme.onclick = () => { root.dataset.theme = dark() ? "light" : "dark"; state.set("theme", root.dataset.theme); keep(); };
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text === "" || text === "-" ? null : isNaN(text) ? text : Number(text);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      head.append(button);
      button.onclick = () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows].sort((one, other) => {
          const [a, b] = [value(one, column), value(other, column)];
          if (a === null || b === null) return (a === null) - (b === null);
          return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
        });
        table.tBodies[0].append(...rows);
      };
    });
  }
  const filters = [...document.querySelectorAll("select[data-filter]")];
  const apply = () => {
    let shown = 0;
    for (const row of document.querySelectorAll("#heat tbody tr")) {
      row.hidden = filters.some((select) => select.value && row.dataset[select.dataset.filter] !== select.value);
      shown += !row.hidden;
    }
    const said = document.getElementById("shown");
    if (said) said.textContent = shown + " tasks shown";
  };
  for (const select of filters) {
    const name = select.dataset.filter;
    if ([...select.options].some((option) => option.value === state.get(name))) select.value = state.get(name);
    select.onchange = () => { select.value ? state.set(name, select.value) : state.delete(name); keep(); apply(); };
  }
  document.querySelectorAll(".controls").forEach((part) => { part.hidden = false; });
  apply();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
