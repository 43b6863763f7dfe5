// Graphs by uPlot: unit on the axis, the contracted speed as a line, outages as bands, gaps as gaps; told apart by
// line style as well as by colour, so that they can be read in grey.
//
// The page carries what to draw as JSON in `data-graph` (written by view/device.rs); when a live refresh changes it,
// the graph is drawn again.

import uPlot from "uplot";
import { type Window, means, steps } from "./series";

/** One line of a graph. */
interface Line {
  url: string;
  label: string;
  style: "solid" | "dashed";
}

/** A horizontal line that is not measured: the contracted speed. */
interface Limit {
  label: string;
  value: number;
}

/** A time in which the device could not be reached; `to` is null while it lasts. Seconds since 1970. */
interface Band {
  from: number;
  to: number | null;
}

/** What the server says is to be drawn. */
interface Graph extends Window {
  scale: "bits" | "milliseconds" | "plain";
  /** What stands behind the numbers of a plain scale. */
  unit: string;
  factor: number;
  utc_offset_s: number;
  lines: Line[];
  limits: Limit[];
  bands: Band[];
  time: string;
  failed: string;
}

const HEIGHT_PX = 240;
const FONT = "12px system-ui, sans-serif";
const plots = new WeakMap<HTMLElement, { plot: uPlot; drawn: string }>();

/** Fetches and draws the graph of a figure; says so in its place when that fails. */
export async function draw(figure: HTMLElement): Promise<void> {
  const source = figure.dataset["graph"] ?? "";
  const place = figure.querySelector<HTMLElement>(".plot");
  if (place === null || source === "") return;
  const graph = JSON.parse(source) as Graph;
  try {
    const values = await Promise.all(graph.lines.map((line) => means(line.url, graph, graph.factor)));
    if (figure.dataset["graph"] !== source) return;
    plots.get(figure)?.plot.destroy();
    const flat = graph.limits.map((limit) => steps(graph).map(() => limit.value));
    place.textContent = "";
    const plot = new uPlot(options(graph, place.clientWidth), [steps(graph), ...values, ...flat], place);
    plots.set(figure, { plot, drawn: source });
    figure.dataset["drawn"] = "true";
  } catch {
    if (!plots.has(figure)) place.textContent = graph.failed;
  }
}

/** Draws again what a live refresh or a new width has changed. */
export function follow(): void {
  const figures = (): NodeListOf<HTMLElement> => document.querySelectorAll<HTMLElement>("[data-graph]");
  document.addEventListener("htmx:after:swap", () => {
    for (const figure of figures()) {
      if (plots.get(figure)?.drawn !== figure.dataset["graph"]) void draw(figure);
    }
  });
  const redraw = (): void => {
    for (const figure of figures()) void draw(figure);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let resized: number | undefined;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => {
      for (const figure of figures()) {
        const width = figure.querySelector(".plot")?.clientWidth ?? 0;
        if (width > 0) plots.get(figure)?.plot.setSize({ width, height: HEIGHT_PX });
      }
    }, 150);
  });
}

function options(graph: Graph, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const format = formatter(graph);
  const axis = { stroke: colour("--ink-2"), font: FONT, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const lines: uPlot.Series[] = graph.lines.map((line) => ({
    label: line.label,
    stroke: colour(line.style === "solid" ? "--plot-1" : "--plot-2"),
    width: line.style === "solid" ? 1.5 : 2,
    ...(line.style === "dashed" ? { dash: [6, 4] } : graph.scale === "plain" ? {} : { fill: colour("--plot-1-fill") }),
    spanGaps: false,
    points: { show: false },
    value: (_plot, value) => (value === null ? "–" : format(value)),
  }));
  const limits: uPlot.Series[] = graph.limits.map((limit) => ({
    label: limit.label,
    stroke: colour("--ink-2"),
    width: 1,
    dash: [2, 3],
    points: { show: false },
    value: () => format(limit.value),
  }));
  return {
    width,
    height: HEIGHT_PX,
    tzDate: (time) => localDate(time, graph.utc_offset_s),
    padding: [12, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { range: () => [graph.from, graph.to] }, y: { range: (_plot, min, max) => ends(min, max) } },
    axes: [
      { ...axis, space: 70, size: 28, values: (_plot, times) => times.map((time) => moment(time, graph, false)) },
      { ...axis, size: 76, values: (_plot, values) => values.map((value) => format(value)) },
    ],
    series: [{ label: graph.time, value: (_plot, time) => (time === null ? "–" : moment(time, graph, true)) }, ...lines, ...limits],
    hooks: { drawClear: [(plot) => drawBands(plot, graph.bands, colour("--band"), colour("--down"))] },
  };
}

/** From zero up, or around values of which some are below zero: dBm, degrees of frost. */
function ends(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || min >= 0) return [0, roof(max)];
  const room = Math.max((max - min) * 0.08, 1);
  return [min - room, max + room];
}

/** Room above the highest value; a line that carries nothing still has a scale. */
function roof(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.08;
}

/** Numbers as readers of the page's language write them, with their unit. */
function formatter(graph: Graph): (value: number) => string {
  const language = document.documentElement.lang === "vi" ? "vi-VN" : "en-GB";
  const number = (value: number): string =>
    value.toLocaleString(language, { maximumFractionDigits: value < 10 ? 1 : 0 });
  if (graph.scale === "milliseconds") return (value) => `${number(value)} ms`;
  if (graph.scale === "plain") return (value) => (graph.unit === "" ? number(value) : `${number(value)} ${graph.unit}`);
  return (value) => {
    const steps: [number, string][] = [[1e9, "Gbit/s"], [1e6, "Mbit/s"], [1e3, "kbit/s"]];
    for (const [size, unit] of steps) if (value >= size) return `${number(value / size)} ${unit}`;
    return `${number(value)} bit/s`;
  };
}

/** The date whose local fields are those of the halls' time zone, wherever the reader's device thinks it is. */
function localDate(time: number, utc_offset_s: number): Date {
  return uPlot.tzDate(new Date((time + utc_offset_s) * 1000), "Etc/UTC");
}

function moment(time: number, graph: Graph, isFull: boolean): string {
  const date = new Date((time + graph.utc_offset_s) * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
  const day = `${two(date.getUTCDate())}/${two(date.getUTCMonth() + 1)}`;
  if (isFull) return `${day} ${clock}`;
  return clock === "00:00" ? day : clock;
}

function drawBands(plot: uPlot, bands: Band[], fill: string, edge: string): void {
  const { left, top, width, height } = plot.bbox;
  const inside = (time: number): number => Math.min(Math.max(plot.valToPos(time, "x", true), left), left + width);
  plot.ctx.save();
  for (const band of bands) {
    const from = inside(band.from);
    const to = band.to === null ? left + width : inside(band.to);
    if (to <= left || from >= left + width) continue;
    plot.ctx.fillStyle = fill;
    plot.ctx.fillRect(from, top, Math.max(to - from, 1), height);
    plot.ctx.fillStyle = edge;
    plot.ctx.fillRect(from, top, Math.max(to - from, 2), 3 * devicePixelRatio);
  }
  plot.ctx.restore();
}
