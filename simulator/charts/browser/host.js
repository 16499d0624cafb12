/* The chart host: every chart keeps its nodes for as long as its page is shown; new data goes through Plotly.react.
 *
 * Streamlit calls `default` whenever the payload or the theme changes. The payload is JSON:
 * { columns, row, fill, dark: {colour: its counterpart on a dark page}, figures: [{name, title, caption, alt, clickable, data, layout}] }
 * Figures that `fill` are as high as the screen has room for, where they stand side by side.
 * In a `row`, figures by layer are one picture; on a narrow screen one of them is shown, and tabs choose which.
 */

import { Chart, entries, writeLegend } from './chart.js';
import { dragged } from './drag.js';
import { unpack } from './inflate.js';
import { readTheme } from './theme.js';

const SHEET = new URL('charts.css', import.meta.url).href;
const hosts = new WeakMap();

let loading;
function plotly(folder) {
  return (loading ??= load(folder).catch((error) => {
    loading = undefined; // a later update tries again
    throw error;
  }));
}

/** plotly.js: the page's own script element may have brought it (deploy/page.py), else it comes from `folder`. */
async function load(folder) {
  const ahead = document.querySelector('script[data-plotly]');
  if (ahead && !window.Plotly?.react && document.readyState !== 'complete') {
    await new Promise((done) => {
      ahead.addEventListener('load', done);
      ahead.addEventListener('error', done);
      window.addEventListener('load', done);
    });
  }
  if (window.Plotly?.react) return window.Plotly;
  // The server says "public" without an age, so a plain script tag would fetch all of it at every page load, and
  // Streamlit sends files as they are. The version is in the folder's name, hence any cached copy is the right one.
  const [packed, plain] = ['plotly.min.js.gz', 'plotly.min.js'].map((name) => new URL(name, folder).href);
  let answer = await fetch(packed, { cache: 'force-cache' });
  if (!answer.ok) answer = await fetch(plain, { cache: 'force-cache' });
  if (!answer.ok) throw new Error(`${plain} answered ${answer.status}`);
  const script = await unpack(new Uint8Array(await answer.arrayBuffer()));
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    await new Promise((done, failed) => {
      const element = Object.assign(document.createElement('script'), { src: url, onload: done });
      element.onerror = () => failed(new Error(`${plain} could not be run`));
      document.head.append(element);
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  return window.Plotly;
}

let styled;
function stylesheet() {
  return (styled ??= new Promise((done) => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: SHEET, onload: done, onerror: done });
    document.head.append(link);
  }));
}

class Host {
  constructor(root) {
    this.root = root;
    this.charts = new Map();
    this.texts = new WeakMap();
    this.hidden = new Set(); // names of series the reader has switched off, in a row for all its charts
    let timer;
    this.width = 0;
    // Its own width, and what the page has above it: words that come or wrap later leave less of the screen.
    this.observer = new ResizeObserver(() => {
      const width = this.root.clientWidth;
      if (Math.abs(width - this.width) < 1 && ![...this.charts.values()].some((chart) => chart.misfits)) return;
      this.width = width;
      this.resize();
    });
    this.resize = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.charts.forEach((chart) => chart.resize()), 60);
    };
    window.addEventListener('resize', this.resize);
    this.late = () => this.draw();
    document.addEventListener('sim-released', this.late);
  }

  text(figure) {
    if (!this.texts.has(figure)) this.texts.set(figure, JSON.stringify(figure));
    return this.texts.get(figure);
  }

  async update(data, folder, report) {
    this.report = report;
    const theme = readTheme(this.root);
    const payload = parse(data, theme.dark);
    this.theme = theme;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    await stylesheet();
    if (turn !== this.turn) return;
    this.arrange(payload);
    try {
      this.Plotly = await plotly(folder);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (turn !== this.turn) return; // a newer payload is on its way
    document.dispatchEvent(new Event('sim-arrived')); // the server works on the next value while this one is painted
    this.root.querySelector('.sim-error')?.remove();
    this.draw();
    document.dispatchEvent(new Event('sim-painted'));
    if (!this.width) {
      this.width = this.root.clientWidth;
      this.observer.observe(this.root);
      const page = this.root.closest('[data-testid="stMainBlockContainer"]');
      if (page) this.observer.observe(page);
    }
  }

  /** While a slider is dragged only what is on the screen is drawn; the rest follows its release. */
  draw() {
    if (!this.Plotly) return;
    for (const chart of this.charts.values()) if (!chart.listening || !dragged() || chart.inSight()) chart.draw();
  }

  /** One card a figure, in order; a card whose name is still there is never touched. */
  arrange({ columns, row, fill, figures }) {
    this.fill = fill && figures.length === columns;
    this.root.classList.toggle('sim-fill', Boolean(this.fill));
    this.root.style.setProperty('--sim-columns', columns);
    this.stacked = row && columns === 1; // one below the other, all in sight
    this.root.dataset.columns = columns;
    if (row) this.gather(figures);
    // Where one chart has a note above its plot, all leave room for it, so that plots in a row stay level.
    this.above = figures.some(({ layout }) => layout.annotations?.some((note) => note.yshift > 0));
    const names = new Set(figures.map((figure) => figure.name));
    for (const [name, chart] of this.charts) {
      if (!names.has(name)) {
        chart.remove();
        this.charts.delete(name);
      }
    }
    let before = this.band && { card: this.band };
    for (const figure of figures) {
      if (!this.charts.has(figure.name)) this.charts.set(figure.name, new Chart(figure.name, this));
      const chart = this.charts.get(figure.name);
      const place = before ? before.card.nextSibling : this.root.firstChild;
      if (chart.card !== place) this.root.insertBefore(chart.card, place);
      chart.describe(figure);
      before = chart;
    }
    if (row) this.explain(figures);
    this.charts.forEach((chart) => chart.fit());
  }

  /** What a row has once: its legend, on a narrow screen its tabs, and the place of the pointer. */
  gather(figures) {
    if (!this.band) {
      this.root.classList.add('sim-row');
      this.band = Object.assign(document.createElement('div'), { className: 'sim-band' });
      this.tabs = Object.assign(document.createElement('div'), { className: 'sim-tabs', role: 'group' });
      this.tabs.setAttribute('aria-label', 'Curve shown');
      this.legend = Object.assign(document.createElement('div'), { className: 'sim-legend' });
      this.lost = Object.assign(document.createElement('span'), { className: 'sim-lost', textContent: 'lost: beyond × or / 1,000' });
      this.band.append(this.tabs, this.legend, this.lost);
      this.root.prepend(this.band);
    }
    const names = figures.map(({ name }) => name);
    if (!names.includes(this.shown)) this.shown = names[0];
    this.tabs.replaceChildren(...figures.map(({ name, title }) => {
      const tab = Object.assign(document.createElement('button'), { type: 'button', textContent: title });
      tab.setAttribute('aria-pressed', String(name === this.shown));
      tab.onclick = () => {
        this.shown = name;
        this.gather(figures);
        this.charts.forEach((chart) => chart.resize());
      };
      return tab;
    }));
    for (const [name, chart] of this.charts) chart.card.classList.toggle('sim-aside', name !== this.shown);
  }

  explain(figures) {
    const band = figures.flatMap(({ layout }) => layout.shapes ?? [])[0];
    this.lost.hidden = !band;
    if (band) this.root.style.setProperty('--sim-lost', band.fillcolor);
    const ghost = [...this.charts.values()].find((chart) => chart.ghost);
    const series = new Map(figures.flatMap(({ data, layout }) => entries({ data, layout })).map((trace) => [trace.name, trace]));
    writeLegend(this.legend, [...series.values(), ...(ghost ? [ghost.ghost] : [])], this.hidden, () => this.charts.forEach((chart) => chart.redraw()));
  }

  /** What the charts of a row show as they were before a change began: until the next one begins. */
  get change() {
    return document.documentElement.dataset.simChange ?? '';
  }

  /** Mark a layer in every chart of the row. */
  mark(from, x) {
    if (this.marking) return;
    this.marking = true;
    for (const chart of this.charts.values()) if (chart !== from && chart.listening && chart.shown) chart.mark(x);
    this.marking = false;
  }

  fail(error) {
    const note = this.root.querySelector('.sim-error') ?? document.createElement('p');
    note.className = 'sim-error';
    note.setAttribute('role', 'alert');
    note.textContent = 'The charts cannot be drawn: their script did not load. Reload the page to try again.';
    console.warn(error);
    this.root.prepend(note);
    this.charts.forEach((chart) => chart.plot.classList.remove('sim-loading'));
  }

  close() {
    this.observer.disconnect();
    window.removeEventListener('resize', this.resize);
    document.removeEventListener('sim-released', this.late);
    this.charts.forEach((chart) => chart.remove());
    this.charts.clear();
    hosts.delete(this.root);
  }
}

function parse(data, dark) {
  const text = new TextDecoder().decode(data);
  const payload = JSON.parse(text);
  if (!dark) return payload;
  let darkened = text;
  for (const [light, deep] of Object.entries(payload.dark)) darkened = darkened.replaceAll(light, deep);
  return JSON.parse(darkened);
}

/** Called by Streamlit through the component's one-line script, which knows in which `folder` plotly.js is. */
export default function ({ data, parentElement, setTriggerValue }, folder) {
  const root = parentElement.querySelector('.sim-charts');
  if (!hosts.has(root)) hosts.set(root, new Host(root));
  const host = hosts.get(root);
  host.update(data, folder, (point) => setTriggerValue('clicked', point));
  // Streamlit also cleans up after an update that a newer one overtook, with the component still in the page.
  return () => setTimeout(() => { if (!root.isConnected) host.close(); });
}
