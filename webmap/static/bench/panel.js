// The panel beside the map: which way a site comes in, what a refusal asks for, rows and map linked both ways.

import { linkTree, makeMap, ResultLayers, showPosition, tellWhatIsHere } from "./map.js";
import { Drawing } from "./draw.js";
import { InspectionLayers, Taken } from "./inspect.js";

const form = document.getElementById("ask");
const outcome = document.getElementById("outcome");
const asking = document.getElementById("asking");
const bench = makeMap(document.getElementById("map"));
const result = new ResultLayers(bench);
const drawing = new Drawing(bench, form);
const inspected = new InspectionLayers(bench, (pixels) => result.padding(pixels));
const taken = new Taken(form, document.getElementById("taken"));

const stacked = window.matchMedia("(max-width: 760px)"); // the map above the panel, as house.css has it

form.elements.page.value = crypto.randomUUID();
showPosition(bench, document.getElementById("position"));
linkTree(bench, document.querySelector(".tree"));
tellWhatIsHere(bench, document.getElementById("here"));
if (window.innerWidth < 1200) document.querySelector(".tree").open = false;

function way() {
  return form.elements.way.value;
}

function showWay() {
  form.querySelectorAll("[data-way]").forEach((block) => { block.hidden = block.dataset.way !== way(); });
  const typed = way() === "typed";
  const box = document.getElementById("crsbox");
  box.hidden = !(typed || (way() === "file" && form.elements.crs.value));
  drawing.show(way() === "drawn");
}

function pickSample(key, options) {
  const radio = form.querySelector('input[name="way"][value="sample"]');
  radio.checked = true;
  form.elements.sample.value = key;
  const list = document.getElementById("samplelist");
  if (list) list.value = key;
  for (const name of ["use", "form", "level", "manner", "facility", "min_area_m2", "crs"]) {
    const field = form.elements[name];
    const wanted = String(options[name] ?? "").replace(/^EPSG:/, "");
    const choice = name === "use" ? [...document.getElementById("uses").options].find((row) => row.value.split(" ")[0] === wanted) : null;
    field.value = choice ? choice.value : wanted;
  }
  showWay();
}

const CHOICES = { north_first: "每行先北（X）后东（Y）", east_first: "每行先东（Y）后北（X）" };

/** A file that can be read in several ways: the form asks which, by the choices that the refusal lists. */
function askChoice(refusal) {
  const choices = JSON.parse(refusal.dataset.choices || "[]");
  if (!choices.length) return;
  const list = document.getElementById("choice");
  list.name = refusal.dataset.option;
  list.replaceChildren(new Option("请选择", ""), ...choices.map((value) => new Option(CHOICES[value] ?? value, value)));
  document.getElementById("choicebox").hidden = false;
  asking.open = true;
}

function forgetChoice() {
  const list = document.getElementById("choice");
  list.removeAttribute("name");
  list.value = "";
  document.getElementById("choicebox").hidden = true;
}

function takeOutcome() {
  const focus = outcome.querySelector("[data-focus]");
  const shown = outcome.querySelector("[data-result]");
  const asks = outcome.querySelector("[data-asks]")?.dataset.asks ?? "";
  if (asks.startsWith("crs")) {
    document.getElementById("crsbox").hidden = false;
    asking.open = true;
  }
  const looked = outcome.querySelector("[data-shapes]");
  if (!shown && focus && !looked) askChoice(focus);
  inspected.clear();
  if (looked) {
    result.clear();
    asking.open = true;
    inspected.show(JSON.parse(looked.dataset.shapes));
  } else if (shown) {
    asking.open = false;
    asking.querySelector("summary").textContent = "修改后再检查";
    drawing.show(false);
    showResult(shown.dataset.result);
  } else if (focus) {
    result.clear();
    asking.open = true;
    drawing.show(way() === "drawn");
  }
  outcome.closest(".side").classList.toggle("refused", Boolean(asks));
  if (focus) {
    focus.focus({ preventScroll: true });
    focus.scrollIntoView({ block: shown || (looked && stacked.matches) ? "start" : "nearest" });
  }
  if (focus?.dataset.option && !document.getElementById("choicebox").hidden) document.getElementById("choice").focus({ preventScroll: true });
  if (asks === "crs_missing") document.getElementById("crs").focus({ preventScroll: true });
}

/** What asks for the file again is offered only while the form still holds it. */
function offerWithFile() {
  const held = way() === "file" && form.elements.file.files.length > 0;
  outcome.querySelectorAll("[data-needs-file]").forEach((row) => { row.hidden = !held; });
}

async function showResult(key) {
  offerWithFile();
  try {
    await result.show(key);
  } catch (error) {
    const here = document.getElementById("here");
    here.textContent = `地图未能显示结果（${error.message}）；右侧的文字结果不受影响。`;
    here.hidden = false;
  }
}

function choose(id, options) {
  outcome.querySelectorAll("tr.chosen").forEach((row) => row.classList.remove("chosen"));
  const row = outcome.querySelector(`tr[data-fragment="${CSS.escape(id)}"]`);
  row?.classList.add("chosen");
  if (options.scroll) row?.scrollIntoView({ block: "center" });
  result.choose(id, options);
}

form.addEventListener("change", (event) => {
  if (event.target.id === "file") {
    forgetChoice();
    taken.forget();
  }
  if (event.target.id === "samplelist") {
    const option = event.target.selectedOptions[0];
    pickSample(option.value, JSON.parse(option.dataset.options || "{}"));
  } else if (event.target.name === "way") showWay();
});
const look = document.getElementById("look");

/** A remedy is taken: into the form, and the file is looked at again with it. */
function takeRemedy(button) {
  forgetChoice();
  taken.take(JSON.parse(button.dataset.options), button.textContent);
  htmx.trigger(look, "click");
}

document.getElementById("untake").addEventListener("click", () => {
  taken.forget();
  form.elements.crs.value = "";
  htmx.trigger(look, "click");
});
for (const [kind, number] of [["mouseover", true], ["focusin", true], ["mouseout", false], ["focusout", false]]) {
  outcome.addEventListener(kind, (event) => {
    const row = event.target.closest("[data-remedy]");
    if (row) inspected.preview(number ? Number(row.dataset.remedy) : null);
  });
}
outcome.addEventListener("click", (event) => {
  const spot = event.target.closest("[data-spot]");
  if (spot) {
    inspected.goTo(Number(spot.dataset.spot));
    if (stacked.matches) document.getElementById("map").scrollIntoView({ block: "start" });
  }
  const remedy = event.target.closest("[data-remedy] button");
  if (remedy) takeRemedy(remedy);
  if (event.target.closest("[data-look]")) htmx.trigger(look, "click");
  const answer = event.target.closest("[data-take]");
  if (answer) {
    taken.take(JSON.parse(answer.dataset.take), answer.textContent);
    htmx.trigger(form, "submit");
  }
  const fragment = event.target.closest("[data-show]");
  if (fragment) choose(fragment.dataset.show, { zoom: true });
  const sample = event.target.closest("[data-sample]");
  if (sample) {
    pickSample(sample.dataset.sample, JSON.parse(sample.dataset.options || "{}"));
    htmx.trigger(form, "submit");
  }
});
bench.map.on("singleclick", (event) => {
  const id = bench.drawing ? null : result.fragmentAt(event.pixel);
  if (id) choose(id, { scroll: true });
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === outcome) takeOutcome();
});
document.body.addEventListener("htmx:sendError", () => {
  const box = document.createElement("div");
  box.className = "refusal";
  box.setAttribute("role", "alert");
  box.textContent = "连接不到本机服务：请确认 spatialhub serve 仍在运行，然后重试。输入已保留。";
  outcome.replaceChildren(box);
});


// On paper everything is open and the map shows the whole site in the size it has there.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...outcome.querySelectorAll("details:not([open])")];
  opened.forEach((block) => { block.open = true; });
  bench.map.updateSize();
  result.fit();
  bench.map.renderSync();
});
window.addEventListener("afterprint", () => {
  opened.forEach((block) => { block.open = false; });
  bench.map.updateSize();
  result.fit();
});

showWay();
const first = outcome.querySelector("[data-result]");
if (first) {
  drawing.show(false);
  showResult(first.dataset.result);
}
