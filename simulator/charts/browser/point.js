/* A mark that is dragged over its chart: it goes along with the pointer at once, and what it sets in motion follows, paced as a
 * slider is. The place where it is let go is always reported.
 */

import { live, pace } from './drag.js';

const NEAR = 24; // px from the mark within which it is taken hold of
const LONGEST = 2000; // ms after which a place that nothing answers holds up no further one

export class Point {
  constructor(chart) {
    this.chart = chart;
    const { plot } = chart;
    plot.addEventListener('pointerdown', (event) => this.take(event), true);
    plot.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel']) plot.addEventListener(name, () => this.release());
    // Plotly listens to the mouse, and a finger would scroll the page.
    plot.addEventListener('mousedown', (event) => this.held && event.stopPropagation(), true);
    plot.addEventListener('touchstart', (event) => this.place(event.touches[0]).near && event.preventDefault(), { capture: true, passive: false });
    this.free = this.free.bind(this);
  }

  /** Where a pointer is, in the chart's numbers, and whether that is near the mark. */
  place({ clientX, clientY }) {
    const { plot, figure } = this.chart;
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.querySelector('.nsewdrag').getBoundingClientRect();
    const [left, top] = [clientX - box.left, clientY - box.top];
    const { x: [x], y: [y] } = plot.data[figure.drags[0]];
    const near = Math.hypot(left - xaxis.l2p(x), top - yaxis.l2p(y)) < NEAR;
    const within = (value, { range }) => Math.min(Math.max(value, Math.min(...range)), Math.max(...range));
    return { near, x: within(xaxis.p2l(left), xaxis), y: within(yaxis.p2l(top), yaxis) };
  }

  take(event) {
    if (!this.chart.figure.drags || !this.place(event).near) return;
    this.held = true;
    this.moved = undefined;
    this.chart.plot.setPointerCapture(event.pointerId);
    document.documentElement.dataset.simChange = `point ${event.timeStamp}`;
    document.documentElement.dataset.simDragged = '';
    this.unpace?.(); // the last drag's end may not have been painted
    this.unpace = pace(() => this.held, this.free);
  }

  move(event) {
    if (!this.held) return;
    const { x, y } = this.place(event);
    this.moved = { x, y };
    const [trace, note] = this.chart.figure.drags;
    this.chart.host.Plotly.update(this.chart.plot, { x: [[x]], y: [[y]] }, { [`annotations[${note}].visible`]: false }, [trace]);
    this.chart.drawn = undefined; // what the server sends next is drawn in any case
    if (live()) this.next();
  }

  next() {
    if (this.busy || !this.held || !this.moved) return;
    this.tell(true);
    this.moved = undefined;
    this.busy = true;
    this.timer = setTimeout(this.free, LONGEST);
  }

  tell(dragged) {
    this.last = this.moved ?? this.last;
    this.chart.host.report({ figure: this.chart.figure.name, ...this.last, dragged });
  }

  free() {
    clearTimeout(this.timer);
    this.busy = false;
    if (this.held) this.next();
    else {
      this.unpace();
      delete document.documentElement.dataset.simChange;
    }
  }

  release() {
    if (!this.held) return;
    this.held = false;
    delete document.documentElement.dataset.simDragged;
    if (this.moved || this.last) this.tell(false);
    this.last = undefined;
    document.dispatchEvent(new Event('sim-released'));
  }
}
