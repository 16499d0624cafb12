/* One chart: a card with its words, its legend and its plot. The nodes are made once; `draw` updates them. */

import { Point } from './point.js';
import { template } from './theme.js';

const NARROW = 520; // px of card width below which a chart is lower and its margins tighter
const LEAST_HEIGHT = 170; // px of a plot that fills the screen
const LEAST_STACKED = 110; // px of one of several below each other
const LEAST_TEXT = 5; // px of a letter's size below which words in cells are left out
const PHONE = window.matchMedia('(max-width: 700px)'); // cards stand below each other (charts.css)
const COARSE = window.matchMedia('(pointer: coarse)'); // a finger scrolls the page, it doesn't zoom the chart

const TAGS = new Set(['sub', 'sup', 'b', 'i', 'br']);
/** Put `text` into `node`, with the few tags that Plotly's own labels know; all else stays text. */
function write(node, text) {
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  const nest = [node];
  node.replaceChildren();
  for (const piece of text.split(/(<\/?[a-z]+>)/)) {
    const tag = /^<(\/?)([a-z]+)>$/.exec(piece);
    if (!tag || !TAGS.has(tag[2])) nest.at(-1).append(piece);
    else if (tag[2] === 'br') nest.at(-1).append(' ');
    else if (tag[1]) nest.length > 1 && nest.pop();
    else {
      const child = document.createElement(tag[2]);
      nest.at(-1).append(child);
      nest.push(child);
    }
  }
  node.hidden = !text;
}

const NAMESPACE = 'http://www.w3.org/2000/svg';
const DASHES = { dash: '6 4', dot: '2 3', dashdot: '6 3 2 3', longdash: '9 4', longdashdot: '9 3 2 3' };
const SHAPES = {
  circle: 'M16 3.2a3.8 3.8 0 1 0 .01 0Z', square: 'M12.5 3.5h7v7h-7Z', diamond: 'M16 2.2l4.8 4.8-4.8 4.8-4.8-4.8Z',
  'triangle-up': 'M16 2.4l4.6 8h-9.2Z', cross: 'M14.5 2.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z',
  x: 'M12 4.8L13.8 3 16 5.2 18.2 3 20 4.8 17.8 7 20 9.2 18.2 11 16 8.8 13.8 11 12 9.2 14.2 7Z',
};
/** A small picture of how a trace is drawn. */
function swatch({ line = {}, marker, fill, fillcolor, mode = 'lines', type }) {
  const svg = document.createElementNS(NAMESPACE, 'svg');
  for (const [name, value] of Object.entries({ viewBox: '0 0 32 14', width: 32, height: 14, 'aria-hidden': 'true' })) svg.setAttribute(name, value);
  const add = (tag, attributes) => {
    const node = document.createElementNS(NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    svg.append(node);
  };
  if (type === 'bar' || fill) add('rect', { x: 2, y: 2, width: 28, height: 10, rx: 2, fill: fillcolor ?? marker?.color ?? line.color });
  if (type !== 'bar' && mode.includes('lines') && line.width !== 0) {
    add('path', { d: 'M1 7H31', stroke: line.color, 'stroke-width': line.width ?? 2, 'stroke-dasharray': DASHES[line.dash] ?? (line.dash ?? '').replaceAll('px,', ' ').replace('px', '') });
  }
  if (mode.includes('markers')) add('path', { d: SHAPES[marker?.symbol ?? 'circle'] ?? SHAPES.circle, fill: marker?.color ?? line.color });
  return svg;
}

/** The traces of a figure that its legend names. */
export function entries({ data, layout }) {
  return layout.showlegend === false ? [] : data.filter((trace) => trace.name && trace.showlegend !== false);
}

/** Make `node` a legend of `traces`: buttons that hide and show a series; text that wraps, which Plotly's own does not. */
export function writeLegend(node, traces, hidden, redraw) {
  const key = JSON.stringify(traces.map(({ name, line, marker, fillcolor, mode }) => [name, line, marker, fillcolor, mode]));
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...traces.map((trace) => {
    const button = document.createElement('button');
    button.type = 'button';
    const words = document.createElement('span');
    write(words, trace.name);
    button.append(swatch(trace), words);
    button.setAttribute('aria-pressed', String(!hidden.has(trace.name)));
    button.onclick = () => {
      hidden.delete(trace.name) || hidden.add(trace.name);
      button.setAttribute('aria-pressed', String(!hidden.has(trace.name)));
      redraw();
    };
    return button;
  }));
}

const GHOST = { name: 'before the change', mode: 'lines', hoverinfo: 'skip', type: 'scatter', opacity: 0.4 };

const vertical = (layout) => Object.keys(layout).filter((key) => key.startsWith('yaxis'));
const heading = (layout) => vertical(layout).map((axis) => layout[axis].title?.text).find(Boolean) ?? '';

export class Chart {
  constructor(name, host) {
    this.host = host;
    this.hidden = new Set(); // names of series the reader has switched off; a row has one for all
    this.zoom = {}; // ranges that the reader chose, by axis
    const make = (tag, className, parent) => {
      const node = document.createElement(tag);
      node.className = className;
      parent?.append(node);
      return node;
    };
    this.card = make('figure', 'sim-card');
    this.card.dataset.chart = name;
    this.card.setAttribute('role', 'figure');
    const head = make('figcaption', 'sim-head', this.card);
    this.title = make('h3', 'sim-title', head);
    this.caption = make('p', 'sim-caption', head);
    this.bar = make('div', 'sim-bar', this.card);
    this.ylabel = make('div', 'sim-ylabel', this.bar);
    this.legend = make('div', 'sim-legend', this.bar);
    this.plot = make('div', 'sim-plot sim-loading', this.card);
    this.tools = make('div', 'sim-tools', this.card);
  }

  /** Words and size: what can be shown before Plotly is there. */
  describe(figure) {
    if (this.host.band) this.haunt(figure);
    this.figure = figure;
    this.card.setAttribute('aria-label', figure.alt);
    write(this.title, figure.title);
    write(this.caption, figure.caption);
    write(this.ylabel, heading(figure.layout));
    this.explain();
  }

  /** Its height: once all words around it are there, and what stands beside it. */
  fit() {
    this.plot.style.height = `${this.height()}px`;
  }

  /** Whether it stands at another height than it should by now. */
  get misfits() {
    return this.listening && this.shown && Math.abs(parseFloat(this.plot.style.height) - this.height()) >= 1;
  }

  /** The legend; a row has one for all its charts, and only names what its cards show. */
  explain() {
    this.title.title = this.figure.caption;
    this.ylabel.title = heading(this.figure.layout).replace(/<[^>]*>/g, ' ');
    if (this.host.band) {
      this.hidden = this.host.hidden;
      this.card.classList.toggle('sim-aside', this.figure.name !== this.host.shown);
    } else writeLegend(this.legend, entries(this.figure), this.hidden, () => this.redraw());
  }

  /** Keep the curve as it was when a change began: all moves of one drag are one change. */
  haunt(figure) {
    const change = this.host.change;
    if (!this.figure || this.host.text(figure) === this.host.text(this.figure)) return;
    if (change && change === this.changed) return;
    this.changed = change;
    const curve = this.figure.data.findLast((trace) => trace.mode?.startsWith('lines') && trace.name && trace.line?.dash === undefined && !trace.fill);
    this.ghost = curve && { ...GHOST, x: curve.x, y: curve.y, line: { color: this.host.theme.text, width: 2 } };
  }

  /** The traces, without those that the reader has hidden, and without words in cells `width` px make too small. */
  data(width = this.card.clientWidth) {
    const group = (trace) => trace.legendgroup ?? trace.name;
    const shown = this.ghost ? [this.ghost, ...this.figure.data] : this.figure.data;
    return shown.map((trace) => ({
      ...trace,
      ...(trace.texttemplate && !this.legible(trace, width) && { texttemplate: '' }),
      ...(this.hidden.size && { visible: !this.hidden.has(group(trace)) && !this.hidden.has(trace.name) }),
    }));
  }

  /** Whether the words in a heat map's cells can be read: Plotly makes the longest one fit. */
  legible({ text = [], x = [] }, width) {
    const { l = 0, r = 0 } = this.figure.layout.margin ?? {};
    const longest = Math.max(1, ...text.flat().map((word) => word.length));
    return (width - l - r) / x.length / longest >= LEAST_TEXT;
  }

  /** Whether the card is shown: on a narrow screen a row shows one of its cards. */
  get shown() {
    return this.card.clientWidth > 0;
  }

  inSight() {
    const { top, bottom, width } = this.card.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < window.innerHeight;
  }

  /** A row takes the height that the screen has left below it, wherever the page is scrolled to. */
  height() {
    if (this.host.stacked && !PHONE.matches) {
      const top = this.host.band.getBoundingClientRect().bottom + (this.card.closest('[data-testid="stMain"]')?.scrollTop ?? 0);
      const each = (window.innerHeight - top) / this.host.charts.size - this.bar.offsetTop - this.bar.offsetHeight - this.host.theme.size;
      return Math.round(Math.max(each, LEAST_STACKED));
    }
    if ((this.host.band || (this.host.fill && !PHONE.matches)) && this.shown) {
      const main = this.card.closest('[data-testid="stMain"]');
      const size = this.host.theme.size;
      const words = this.bar.offsetTop + this.bar.offsetHeight;
      const top = this.card.getBoundingClientRect().top + (main?.scrollTop ?? window.scrollY) + words;
      const foot = document.querySelector('.st-key-room')?.parentElement.offsetHeight ?? 0; // lies over the page
      const rest = window.innerHeight - foot - top - size * 0.9;
      return Math.round(Math.min(Math.max(rest, this.host.fill ? LEAST_HEIGHT : size * 11), size * 34));
    }
    const narrow = this.card.clientWidth < NARROW;
    return this.figure.layout.height ?? Math.round(this.host.theme.size * (narrow ? 15.5 : 18.5));
  }

  layout() {
    const { theme } = this.host;
    const em = theme.size * 0.8;
    const narrow = this.card.clientWidth < NARROW;
    const row = this.host.band !== undefined;
    const layout = {
      ...this.figure.layout, template: template(theme), autosize: true, width: undefined, height: undefined, showlegend: false,
      dragmode: COARSE.matches || this.figure.drags ? false : 'zoom',
      margin: { l: em * 3.9, r: em * 1.1, t: em * (this.host.above && !row ? 1.7 : 0.8), b: em * 3.1, pad: 0, ...this.figure.layout.margin },
    };
    // A row's titles say what the notes above its plots would.
    if (row) layout.annotations = layout.annotations?.filter((note) => !(note.yshift > 0));
    // The card shows the axis' title above the plot, level and in full; Plotly would turn and clip it.
    for (const axis of vertical(layout)) if (layout[axis].title) layout[axis] = { ...layout[axis], title: { text: '' } };
    if (narrow && layout.xaxis) layout.xaxis = { ...layout.xaxis, ...(layout.xaxis.dtick && { dtick: coarser(layout.xaxis, this.card.clientWidth, em) }) };
    for (const [axis, range] of Object.entries(this.zoom)) if (layout[axis]) layout[axis] = { ...layout[axis], range, dtick: undefined };
    return layout;
  }

  /** Made once: Plotly draws a chart afresh when its configuration is another, and compares functions by identity. */
  config() {
    return (this.configuration ??= {
      displaylogo: false, doubleClick: false, showTips: false, scrollZoom: false, displayModeBar: false,
    });
  }

  /** Buttons in the card's corner: Plotly's own would lie on the plot, and with a finger they would never go away. */
  equip() {
    const button = (title, { path, width, height, transform }, act) => {
      const node = Object.assign(document.createElement('button'), { type: 'button', title, onclick: act });
      node.setAttribute('aria-label', title);
      const svg = document.createElementNS(NAMESPACE, 'svg');
      const shape = document.createElementNS(NAMESPACE, 'path');
      svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      svg.setAttribute('aria-hidden', 'true');
      shape.setAttribute('d', path);
      if (transform) shape.setAttribute('transform', transform);
      svg.append(shape);
      node.append(svg);
      return node;
    };
    const { camera, home, autoscale } = this.host.Plotly.Icons;
    this.tools.append(button('Download as PNG', camera, () => this.download()), button('Reset axes', home, () => this.reset()));
    // An axis of percentages ends where its data do.
    this.whole = button('0 to 100 %', autoscale, () => {
      this.zoom.yaxis = [-0.04, 1.04];
      this.redraw();
    });
    this.tools.prepend(this.whole);
    this.whole.hidden = !this.figure.layout.yaxis?.tickformat?.endsWith('%');
  }

  /** Show what is there at `x`, or nothing. */
  mark(x) {
    if (x === undefined) this.host.Plotly.Fx.unhover(this.plot);
    else this.host.Plotly.Fx.hover(this.plot, { xval: x }, 'xy');
  }

  draw() {
    const { Plotly } = this.host;
    if (this.host.band && !this.shown && this.listening) return;
    const drawn = `${this.host.theme.key}|${this.plot.style.height}|${this.host.text(this.figure)}`; // a room's line takes of the height
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    if (this.uirevision !== this.figure.layout.uirevision) this.zoom = {};
    this.uirevision = this.figure.layout.uirevision;
    // Plotly adds its defaults to the very objects it is given; this.figure must stay what the server sent.
    Plotly.react(this.plot, this.data(), this.layout(), this.config());
    if (this.listening) return;
    this.listening = true;
    this.plot.classList.remove('sim-loading');
    this.equip();
    this.plot.on('plotly_relayout', (change) => this.remember(change));
    this.plot.on('plotly_doubleclick', () => this.reset());
    if (this.figure.drags) new Point(this);
    this.plot.on('plotly_click', ({ points: [point] }) => this.click(point));
    if (!this.host.band) return;
    this.plot.on('plotly_hover', ({ points: [point] }) => this.host.mark(this, point.x));
    this.plot.on('plotly_unhover', () => this.host.mark(this));
  }

  remember(change) {
    for (const key of Object.keys(change)) {
      const axis = /^([xy]axis\d*)\.range/.exec(key)?.[1];
      if (axis) this.zoom[axis] = [...this.plot._fullLayout[axis].range];
    }
  }

  reset() {
    this.zoom = {};
    this.redraw();
  }

  /** Draw again although the figure is the same: another theme, another width. */
  redraw() {
    this.drawn = undefined;
    this.draw();
  }

  resize() {
    // A page that was left takes its charts out of the document before it closes them.
    if (!this.figure || !this.listening || !this.plot.isConnected) return;
    this.fit();
    this.redraw();
    this.host.Plotly.Plots.resize(this.plot)?.catch?.(() => {});
  }

  click(point) {
    if (!this.figure.clickable) return;
    const { x, y, z, customdata, curveNumber, pointIndex } = point;
    this.host.report({ figure: this.figure.name, x, y, z, customdata, curve: curveNumber, point: pointIndex });
  }

  async download() {
    const { theme, Plotly } = this.host;
    const width = Math.max(this.plot.clientWidth, 720);
    const layout = this.layout();
    const title = this.figure.title;
    const below = heading(this.figure.layout);
    Object.assign(layout, {
      template: template(theme, 'Arial, Helvetica, sans-serif'), // a picture has no access to the page's own font
      showlegend: true, legend: { orientation: 'h', x: 0, xanchor: 'left', y: 0, yref: 'container', yanchor: 'bottom' },
      title: { text: title, x: 0, xref: 'paper', subtitle: { text: below, font: { size: theme.size * 0.78 } }, font: { size: theme.size } },
      paper_bgcolor: theme.page, plot_bgcolor: theme.page, margin: { ...layout.margin, t: theme.size * 4.6, b: theme.size * 4.4 },
    });
    const image = { format: 'png', scale: 2, width, height: this.height() + theme.size * 5, filename: `${this.figure.name}` };
    await Plotly.downloadImage({ data: this.data(width), layout }, image);
  }

  remove() {
    if (this.listening) this.host.Plotly.purge(this.plot);
    this.card.remove();
  }
}

/** A tick step that leaves room for the labels of a narrow chart. */
function coarser(axis, width, em) {
  let step = axis.dtick;
  const most = Math.max(2, Math.floor(width / (em * 3.2)));
  for (const factor of [1, 2, 5, 10]) {
    step = axis.dtick * factor;
    if ((axis.range[1] - axis.range[0]) / step <= most) break;
  }
  return step;
}
