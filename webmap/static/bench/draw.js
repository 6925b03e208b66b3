// Drawing a site by hand: polygons in the city's plane, to the millimetre, written into the form as GeoJSON.

const CLASSIFIED = new Set(["Polygon"]);

export class Drawing {
  constructor(bench, form) {
    Object.assign(this, { bench, form });
    this.source = new ol.source.Vector();
    this.layer = new ol.layer.Vector({
      source: this.source, zIndex: 120,
      style: new ol.style.Style({
        stroke: new ol.style.Stroke({ color: "#d40000", width: 3 }),
        fill: new ol.style.Fill({ color: "rgba(212, 0, 0, .08)" }),
      }),
    });
    bench.map.addLayer(this.layer);
    this.modify = new ol.interaction.Modify({ source: this.source });
    this.snap = new ol.interaction.Snap({ source: this.source });
    this.source.on(["addfeature", "changefeature", "removefeature"], () => this.write());
    this.buttons = { draw: form.querySelector("#draw"), undo: form.querySelector("#undo"), wipe: form.querySelector("#wipe") };
    this.buttons.draw.addEventListener("click", () => (this.draw ? this.stop() : this.start()));
    this.buttons.undo.addEventListener("click", () => this.draw?.removeLastPoint());
    this.buttons.wipe.addEventListener("click", () => this.wipe());
  }

  start() {
    this.draw = new ol.interaction.Draw({ source: this.source, type: "Polygon", condition: (event) => ol.events.condition.mouseActionButton(event) });
    this.bench.drawing = true;
    this.draw.on("drawend", () => setTimeout(() => this.stop(), 0));
    [this.modify, this.draw, this.snap].forEach((interaction) => this.bench.map.addInteraction(interaction));
    this.buttons.draw.textContent = "停止绘制";
    this.buttons.undo.disabled = false;
  }

  stop() {
    if (!this.draw) return;
    [this.modify, this.draw, this.snap].forEach((interaction) => this.bench.map.removeInteraction(interaction));
    this.bench.map.addInteraction(this.modify);
    this.draw = null;
    this.bench.drawing = false;
    this.buttons.draw.textContent = this.source.getFeatures().length ? "再画一块" : "开始绘制";
    this.buttons.undo.disabled = true;
  }

  wipe() {
    this.stop();
    this.source.clear();
    this.buttons.draw.textContent = "开始绘制";
  }

  show(visible) {
    this.layer.setVisible(visible);
    if (!visible) this.stop();
  }

  write() {
    const shapes = this.source.getFeatures().map((feature) => feature.getGeometry()).filter((shape) => CLASSIFIED.has(shape.getType()));
    const coordinates = shapes.map((shape) => shape.getCoordinates().map((ring) => ring.map((point) => point.map((v) => Math.round(v * 1000) / 1000))));
    this.buttons.wipe.disabled = !shapes.length;
    this.form.elements.drawn.value = shapes.length ? JSON.stringify({ type: "MultiPolygon", coordinates }) : "";
    const area = shapes.reduce((sum, shape) => sum + shape.getArea(), 0);
    document.getElementById("drawnote").textContent = shapes.length
      ? `已画 ${shapes.length} 块，约 ${(area / 10000).toFixed(4)} 公顷（${(area * 0.0015).toFixed(2)} 亩）。拖动边线可修改。`
      : "逐点单击，双击结束；可画多块。也可用“输入坐标”代替鼠标。";
  }
}
