// The map is one stop of Tab; arrows, Home and End move between its cells, Enter opens one.
for (const table of document.querySelectorAll("table.map")) {
  const rows = [...table.tBodies].flatMap((body) => [...body.rows])
    .map((row) => [...row.cells].slice(1).map((cell) => cell.querySelector("a")));
  const links = rows.flat().filter(Boolean);
  if (links.length === 0) continue;
  for (const link of links) link.tabIndex = -1;
  links[0].tabIndex = 0;
  const go = (link) => {
    for (const other of links) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  };
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  table.addEventListener("keydown", (event) => {
    const row = rows.findIndex((cells) => cells.includes(event.target));
    if (row < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const cells = rows[row].filter(Boolean);
    let next;
    if (event.key === "Home") next = cells[0];
    else if (event.key === "End") next = cells.at(-1);
    else if (steps[event.key]) {
      const [down, right] = steps[event.key];
      let [y, x] = [row + down, rows[row].indexOf(event.target) + right];
      while (rows[y] && x >= 0 && x < rows[y].length && !rows[y][x]) { y += down; x += right; }
      next = rows[y]?.[x];
    } else return;
    event.preventDefault();
    if (next) go(next);
  });
  table.addEventListener("focusin", (event) => {
    if (links.includes(event.target) && event.target.tabIndex < 0) go(event.target);
  });
}
