"use strict";
// The map in the city's plane: metres, north up. Every spot has an origin of its own, so that a gap of a centimetre is
// drawn sharply though the city is a hundred kilometres wide: screen positions are computed here, in doubles.
const data = JSON.parse(document.getElementById("data").textContent);
const map = document.getElementById("map");
const svg = document.getElementById("drawing");
const NS = "http://www.w3.org/2000/svg";
const view = { x: 0, y: 0, mpp: 1 };

function make(name, attributes, parent) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

const ground = make("path", { class: "coverage", d: data.coverage }, svg);
const spots = data.spots.map((spot) => {
  const group = make("g", {}, svg);
  if (spot.around) make("path", { class: "around", d: spot.around }, group);
  if (spot.involved) make("path", { class: "involved", d: spot.involved }, group);
  if (spot.shape) make("path", { class: `shape ${spot.severity}`, d: spot.shape }, group);
  return { ...spot, group };
});
for (const spot of [...spots].reverse()) {  // the worst lie on top
  spot.dot = make("circle", { class: spot.severity, r: 6, "data-number": spot.number }, svg);
  make("title", {}, spot.dot).textContent = spot.tip;
  spot.dot.addEventListener("click", () => choose(spot, false));
}

const size = () => [map.clientWidth, map.clientHeight];
const toScreen = (x, y) => {
  const [w, h] = size();
  return [w / 2 + (x - view.x) / view.mpp, h / 2 - (y - view.y) / view.mpp];
};

function draw() {
  const [w, h] = size();
  const k = 1 / view.mpp;
  const place = (node, x, y) => {
    const [sx, sy] = toScreen(x, y);
    node.setAttribute("transform", `matrix(${k} 0 0 ${-k} ${sx} ${sy})`);
  };
  place(ground, data.origin[0], data.origin[1]);
  for (const spot of spots) {
    const [sx, sy] = toScreen(spot.x, spot.y);
    spot.dot.setAttribute("cx", sx);
    spot.dot.setAttribute("cy", sy);
    const reach = spot.reach * k;
    const seen = reach > 14 && sx > -reach && sy > -reach && sx < w + reach && sy < h + reach;
    spot.group.style.display = seen ? "" : "none";
    if (seen) place(spot.group, spot.x, spot.y);
    spot.dot.style.display = spot.half * k > 40 && !spot.point ? "none" : "";  // the outline speaks for itself
  }
  let metres = 10 ** Math.floor(Math.log10(view.mpp * 160));
  for (const times of [5, 2]) if (metres * times <= view.mpp * 160) { metres *= times; break; }
  const scale = document.getElementById("scale");
  scale.style.width = `${metres / view.mpp}px`;
  scale.textContent = metres >= 1000 ? `${metres / 1000} km` : metres >= 1 ? `${metres} m` : `${(metres * 100).toPrecision(1)} cm`;
}

function show(x0, y0, x1, y1, least) {
  const [w, h] = size();
  view.x = (x0 + x1) / 2;
  view.y = (y0 + y1) / 2;
  view.mpp = Math.max((x1 - x0) / (w * 0.7), (y1 - y0) / (h * 0.7), least);
  draw();
}
const whole = () => show(...data.bounds, 1e-3);

function choose(spot, zoom) {
  for (const node of document.querySelectorAll(".on")) node.classList.remove("on");
  spot.dot.classList.add("on");
  const card = document.getElementById(`f${spot.number}`);
  card.classList.add("on");
  if (zoom) show(spot.x - spot.half, spot.y - spot.half, spot.x + spot.half, spot.y + spot.half, 2e-4);
  else card.scrollIntoView({ block: "center" });
}
for (const spot of spots) {
  document.getElementById(`f${spot.number}`).addEventListener("click", () => choose(spot, true));
}

function zoom(factor, sx, sy) {
  const [w, h] = size();
  const x = view.x + (sx - w / 2) * view.mpp;
  const y = view.y - (sy - h / 2) * view.mpp;
  view.mpp = Math.min(Math.max(view.mpp * factor, 1e-4), 2000);
  view.x = x - (sx - w / 2) * view.mpp;
  view.y = y + (sy - h / 2) * view.mpp;
  draw();
}
map.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.25 : 0.8, event.offsetX, event.offsetY);
}, { passive: false });
let held = null;
map.addEventListener("pointerdown", (event) => { if (!event.target.closest("button, circle")) held = [event.clientX, event.clientY]; });
window.addEventListener("pointerup", () => { held = null; });
map.addEventListener("pointermove", (event) => {
  const box = map.getBoundingClientRect();
  const [w, h] = size();
  const e = view.x + (event.clientX - box.left - w / 2) * view.mpp;
  const n = view.y - (event.clientY - box.top - h / 2) * view.mpp;
  document.getElementById("where").textContent = `E ${e.toFixed(2)}  N ${n.toFixed(2)}`;
  if (!held) return;
  view.x -= (event.clientX - held[0]) * view.mpp;
  view.y += (event.clientY - held[1]) * view.mpp;
  held = [event.clientX, event.clientY];
  draw();
});
document.getElementById("closer").addEventListener("click", () => zoom(0.5, size()[0] / 2, size()[1] / 2));
document.getElementById("farther").addEventListener("click", () => zoom(2, size()[0] / 2, size()[1] / 2));
document.getElementById("all").addEventListener("click", whole);
window.addEventListener("resize", draw);
whole();
