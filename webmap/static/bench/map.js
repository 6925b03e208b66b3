// The map of the workbench: the city's plane, planning layers fetched for what is in view, a result's fragments.
// `ol` and `proj4` are globals of the vendored scripts. No text from data ever becomes HTML here.

const ELLIPSOID = "+a=6378137 +rf=298.2572221010041";

export function makeMap(target) {
  const frame = JSON.parse(target.dataset.frame);
  proj4.defs("EPSG:4490", `+proj=longlat ${ELLIPSOID} +no_defs`);
  proj4.defs(`EPSG:${frame.epsg}`,
    `+proj=tmerc +lat_0=0 +lon_0=${frame.meridian_deg} +k=1 +x_0=${frame.false_easting_m} +y_0=0 ${ELLIPSOID} +units=m +no_defs`);
  ol.proj.proj4.register(proj4);
  const plane = ol.proj.get(`EPSG:${frame.epsg}`);
  const format = new ol.format.GeoJSON({ dataProjection: "EPSG:4490", featureProjection: plane });
  const outline = new ol.source.Vector({ features: format.readFeatures({ type: "Feature", geometry: frame.outline, properties: {} }) });
  const map = new ol.Map({
    target,
    controls: ol.control.defaults.defaults({ attribution: false, rotate: false }).extend([new ol.control.ScaleLine({ minWidth: 100 })]),
    layers: [new ol.layer.Vector({
      source: outline, zIndex: 0,
      style: new ol.style.Style({ stroke: new ol.style.Stroke({ color: "#8a8f98", width: 1.5, lineDash: [8, 6] }) }),
    })],
    view: new ol.View({ projection: plane, minResolution: 0.02, maxResolution: 400, enableRotation: false }),
  });
  map.getView().fit(frame.extent, { padding: [40, 40, 40, 40] });
  return { map, plane, format, epsg: frame.epsg };
}

export function showPosition(bench, line) {
  bench.map.on("pointermove", (event) => {
    const [east, north] = event.coordinate;
    const [lon, lat] = ol.proj.transform(event.coordinate, bench.plane, "EPSG:4490");
    line.textContent = `东 ${east.toFixed(1)}  北 ${north.toFixed(1)} m    ${lon.toFixed(5)}°E  ${lat.toFixed(5)}°N`;
  });
}

function layerStyle(said) {
  const [r, g, b] = ol.color.asArray(said.fill || said.stroke);
  return new ol.style.Style({
    stroke: new ol.style.Stroke({
      color: said.stroke, width: said.width,
      lineDash: said.dash ? said.dash.split(/[ ,]+/).map(Number) : undefined,
    }),
    fill: new ol.style.Fill({ color: [r, g, b, said.fill ? said.opacity : 0.03] }),
  });
}

/** A planning layer that fetches what is in view; more detail when the view comes closer. */
class PlanningLayer {
  constructor(bench, box, order) {
    const { layer: key, title } = box.dataset;
    const said = JSON.parse(box.dataset.style);
    Object.assign(this, { bench, key, label: box.closest("label"), loaded: null, resolution: Infinity, abort: null });
    this.source = new ol.source.Vector();
    this.layer = new ol.layer.Vector({ source: this.source, style: layerStyle(said), zIndex: 10 + order, visible: false });
    this.layer.set("title", title);
    bench.map.addLayer(this.layer);
  }

  show(visible) {
    this.layer.setVisible(visible);
    if (visible) this.refresh();
  }

  async refresh() {
    const view = this.bench.map.getView();
    const size = this.bench.map.getSize();
    if (!this.layer.getVisible() || !size) return;
    const extent = view.calculateExtent(size);
    const close = this.thinned && view.getResolution() < this.resolution / 1.5;
    if (this.loaded && ol.extent.containsExtent(this.loaded, extent) && !close) return;
    const wide = ol.extent.buffer(extent, Math.max(ol.extent.getWidth(extent), ol.extent.getHeight(extent)) * 0.25);
    const box = ol.proj.transformExtent(wide, this.bench.plane, "EPSG:4490", 4);
    this.abort?.abort();
    this.abort = new AbortController();
    this.loaded = wide;
    this.resolution = view.getResolution();
    try {
      const answer = await fetch(`/api/v1/layers/${encodeURIComponent(this.key)}/features?bbox=${box.map((v) => v.toFixed(7)).join(",")}`, { signal: this.abort.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const collection = await answer.json();
      this.thinned = collection.thinned_m > 0 || collection.left_out > 0;
      this.source.clear(true);
      this.source.addFeatures(this.bench.format.readFeatures(collection));
      this.label.classList.toggle("thinned", this.thinned);
      this.label.classList.remove("failed");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.loaded = null;
      this.label.classList.add("failed");
    }
  }
}

/** Planning layers by the checkboxes of the tree. */
export function linkTree(bench, tree) {
  const boxes = [...tree.querySelectorAll("input[data-layer]:not(:disabled)")];
  const layers = boxes.map((box, index) => {
    const layer = new PlanningLayer(bench, box, boxes.length - index);
    box.addEventListener("change", () => layer.show(box.checked));
    layer.show(box.checked);
    return layer;
  });
  bench.map.on("moveend", () => layers.forEach((layer) => layer.refresh()));
}

/** Names of what lies under a click, as text. */
export function tellWhatIsHere(bench, note) {
  bench.map.on("singleclick", (event) => {
    if (bench.drawing) return;
    const lines = new Set();
    bench.map.forEachFeatureAtPixel(event.pixel, (feature, layer) => {
      const title = layer?.get("title");
      if (title) lines.add([title, feature.get("name"), feature.get("class")].filter(Boolean).join(" · "));
    }, { hitTolerance: 3 });
    note.textContent = [...lines].slice(0, 12).join("\n");
    note.hidden = !lines.size;
  });
}

function tilePattern(row) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.round(8 * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(canvas.width / 8, canvas.height / 8);
  pen.globalAlpha = 0.22;
  pen.fillStyle = row.colour;
  pen.fillRect(0, 0, 8, 8);
  pen.globalAlpha = 1;
  pen.strokeStyle = row.colour;
  pen.lineWidth = 1.4;
  if (row.tile) pen.stroke(new Path2D(row.tile));
  return pen.createPattern(canvas, "repeat");
}

/** The result on the map: fragments by conformity with their numbers, the site, the suggestion. */
export class ResultLayers {
  constructor(bench) {
    this.bench = bench;
    this.chosen = null;
    this.source = new ol.source.Vector();
    this.layer = new ol.layer.Vector({ source: this.source, zIndex: 100, style: (feature) => this.style(feature), declutter: false });
    bench.map.addLayer(this.layer);
  }

  async show(key) {
    this.palette ??= await (await fetch("/palette.json")).json();
    this.patterns ??= Object.fromEntries(Object.entries(this.palette).map(([name, row]) => [name, tilePattern(row)]));
    const answer = await fetch(`/results/${key}/check.geojson`);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    this.source.clear(true);
    this.source.addFeatures(this.bench.format.readFeatures(await answer.json()));
    this.chosen = null;
    this.fit();
  }

  fit() {
    const site = this.source.getFeatures().find((feature) => feature.get("role") === "site");
    if (site) this.bench.map.getView().fit(site.getGeometry().getExtent(), { padding: this.padding(60) });
  }

  /** Room for the open layer tree, where the map is wide enough to give it. */
  padding(pixels) {
    const tree = document.querySelector(".tree");
    const wide = this.bench.map.getSize()[0] > 640 && tree.open;
    return [pixels, pixels, pixels, wide ? tree.offsetLeft + tree.offsetWidth + 20 : pixels];
  }

  clear() {
    this.source.clear(true);
  }

  choose(id, { zoom = false } = {}) {
    this.chosen = id;
    this.layer.changed();
    const feature = this.source.getFeatureById(id);
    if (feature && zoom) {
      this.bench.map.getView().fit(feature.getGeometry().getExtent(), { padding: this.padding(90), duration: 200, minResolution: 0.1 });
    }
  }

  fragmentAt(pixel) {
    return this.bench.map.forEachFeatureAtPixel(pixel, (feature) => (feature.get("role") === "fragment" ? feature.getId() : undefined),
      { layerFilter: (layer) => layer === this.layer });
  }

  style(feature) {
    const role = feature.get("role");
    if (role === "site") return new ol.style.Style({ stroke: new ol.style.Stroke({ color: "#d40000", width: 3.5 }), zIndex: 3 });
    if (role === "suggestion") {
      return new ol.style.Style({ stroke: new ol.style.Stroke({ color: "#0b3d91", width: 3, lineDash: [10, 6] }), zIndex: 4 });
    }
    const conformity = feature.get("conformity");
    const colour = this.palette[conformity].colour;
    const chosen = feature.getId() === this.chosen;
    const number = feature.get("number");
    const shape = new ol.style.Style({
      zIndex: chosen ? 5 : 2,
      fill: new ol.style.Fill({ color: this.patterns[conformity] }),
      stroke: new ol.style.Stroke({ color: chosen ? "#ffb300" : colour, width: chosen ? 5 : 1.5 }),
    });
    if (number === null) return shape;
    // Above every outline: a number under the red line of a narrow site cannot be read.
    const label = new ol.style.Style({
      zIndex: 10 + (chosen ? 1 : 0),
      text: new ol.style.Text({
        text: String(number), font: "700 12px system-ui, sans-serif", padding: [2, 4, 1, 4],
        fill: new ol.style.Fill({ color: colour }), backgroundFill: new ol.style.Fill({ color: "#fff" }),
        backgroundStroke: new ol.style.Stroke({ color: colour, width: 1.5 }),
      }),
    });
    return [shape, label];
  }
}
