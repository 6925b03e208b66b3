// A file looked at before it is checked: its parts, numbered spots, and where each remedy would put it.

const RED = "#d40000";
const AMBER = "#b35900";

export class InspectionLayers {
  constructor(bench, padding) {
    Object.assign(this, { bench, padding, shown: null });
    this.source = new ol.source.Vector();
    this.layer = new ol.layer.Vector({ source: this.source, zIndex: 110, style: (feature) => this.style(feature) });
    bench.map.addLayer(this.layer);
  }

  /** `collection` is GeoJSON in the city's plane. */
  show(collection) {
    this.source.clear(true);
    this.shown = null;
    const plane = new ol.format.GeoJSON({ dataProjection: this.bench.plane, featureProjection: this.bench.plane });
    this.source.addFeatures(plane.readFeatures(collection));
    this.fit(this.source.getFeatures());
  }

  clear() {
    this.source.clear(true);
  }

  of(role, number) {
    return this.source.getFeatures().filter((feature) => feature.get("role") === role && (number === undefined || feature.get("number") === number));
  }

  fit(features, room = 60) {
    if (!features.length) return;
    const extent = features.reduce((whole, feature) => ol.extent.extend(whole, feature.getGeometry().getExtent()), ol.extent.createEmpty());
    if (ol.extent.isEmpty(extent)) return;
    this.bench.map.getView().fit(extent, { padding: this.padding(room), minResolution: 0.1 });
  }

  goTo(number) {
    const [spot] = this.of("spot", number);
    if (!spot) return;
    this.bench.map.getView().animate({ center: spot.getGeometry().getCoordinates(), resolution: 0.4, duration: 250 });
  }

  /** Draw one remedy, or none. */
  preview(number) {
    this.shown = number;
    this.layer.changed();
    if (number) this.fit(this.of("remedy", number));
  }

  style(feature) {
    const role = feature.get("role");
    if (role === "part") {
      return new ol.style.Style({ stroke: new ol.style.Stroke({ color: RED, width: 3 }), fill: new ol.style.Fill({ color: "rgba(212, 0, 0, .06)" }) });
    }
    if (role === "remedy") {
      const chosen = this.shown === feature.get("number");
      if (this.shown && !chosen) return null;
      return new ol.style.Style({
        stroke: new ol.style.Stroke({ color: AMBER, width: chosen ? 3.5 : 2, lineDash: [9, 6] }),
        fill: new ol.style.Fill({ color: "rgba(179, 89, 0, .07)" }),
      });
    }
    return new ol.style.Style({
      zIndex: 5,
      image: new ol.style.Circle({ radius: 11, fill: new ol.style.Fill({ color: "#fff" }), stroke: new ol.style.Stroke({ color: RED, width: 2.5 }) }),
      text: new ol.style.Text({ text: String(feature.get("number")), font: "700 12px system-ui, sans-serif", fill: new ol.style.Fill({ color: RED }) }),
    });
  }
}

/** Remedies taken so far: fields of the form, shown as a list that can be undone. */
export class Taken {
  constructor(form, list) {
    Object.assign(this, { form, list });
    this.accepted = [];
    this.said = {};
  }

  take(options, words) {
    for (const [name, value] of options) {
      if (name === "accept") this.accepted = [...this.accepted.filter((one) => one.split("=")[0] !== value.split("=")[0]), value];
      else this.said[name] = value;
    }
    this.words = [...(this.words ?? []), words];
    this.write();
  }

  forget() {
    this.accepted = [];
    this.said = {};
    this.words = [];
    this.write();
  }

  write() {
    this.form.elements.accept.value = this.accepted.join(";");
    for (const name of ["axes", "degrees", "sublayer"]) {
      const field = this.form.querySelector(`input[type="hidden"][name="${name}"]`);
      field.value = this.said[name] ?? "";
      field.disabled = !field.value;
    }
    if (this.said.crs) this.setCrs(this.said.crs.replace("EPSG:", ""));
    this.list.hidden = !this.words?.length;
    this.list.querySelector("span").textContent = (this.words ?? []).join("；");
  }

  setCrs(code) {
    const select = this.form.elements.crs;
    if (![...select.options].some((row) => row.value === code)) select.add(new Option(`EPSG:${code}`, code));
    select.value = code;
    document.getElementById("crsbox").hidden = false;
  }
}
