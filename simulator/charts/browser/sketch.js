/* A prediction that is drawn: a curve from layer to layer, by a pointer or by the arrow keys.
 *
 * The data: { title, caption, first, last, points, span, hold, steps, told, disabled }. The curve has `points` places from layer
 * `first`, where it begins at 1, to layer `last`, and `span` decades up and down; what changes by at most `hold` decades holds.
 * A place that was not drawn yet goes along with the one before it. `drawn` is sent when the reader says so: decades, with commas.
 */

const sketches = new WeakMap();
const power = (decades) => decades === 0 ? '×1' : `×10${String(decades).replace('-', '⁻').replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[digit])}`;
const within = (value, most) => Math.min(Math.max(value, -most), most);

class Sketch {
  constructor(root) {
    [this.heading, this.words, this.pad, this.say] = ['h3', 'figcaption p', '.pad', 'button'].map((part) => root.querySelector(part));
    [this.zone, this.path] = ['rect', 'path'].map((part) => root.querySelector(part));
    for (const name of ['pointerdown', 'pointermove']) this.pad.addEventListener(name, (event) => this.point(event));
    this.say.onclick = () => this.send(this.heights.map((height) => height.toFixed(1)).join());
  }

  update(data) {
    const { title, caption, first, last, points, span, hold, steps, told, disabled } = data;
    const key = JSON.stringify([title, first, last, points, span, told]);
    const fresh = key !== this.key;
    Object.assign(this, data, { key });
    this.heading.textContent = title;
    this.words.textContent = caption;
    this.pad.toggleAttribute('inert', disabled);
    if (!fresh) return this.draw();
    const given = told ? told.split(',').map(Number) : [];
    this.drawn = Array.from({ length: points }, (_, place) => place === 0 || given.length > 0);
    this.heights = Array.from({ length: points }, (_, place) => given[place] ?? 0);
    this.zone.setAttribute('y', 50 - (hold / span) * 50);
    this.zone.setAttribute('height', (hold / span) * 100);
    const words = [...steps.map((step) => [power(step), { top: this.top(step) }, 'step']), ['grows', { top: 12 }, 'word'], ['holds', { top: 54 + (hold / span) * 50 }, 'word'],
      ['shrinks', { top: 88 }, 'word']];
    for (const old of this.pad.querySelectorAll('span, i')) old.remove();
    this.pad.append(...words.map(([text, { top }, name]) => {
      const node = Object.assign(document.createElement('span'), { textContent: text, className: name });
      node.style.top = `${top}%`;
      return node;
    }));
    this.knots = this.heights.map((_, place) => this.knot(place));
    this.pad.append(...this.knots.slice(1));
    this.pad.dataset.ends = `layer ${first}`;
    this.pad.dataset.end = `layer ${last}`;
    this.pad.classList.toggle('back', last < first);
    this.draw();
  }

  top(height) {
    return 50 - (height / this.span) * 50;
  }

  /** From left to right layers count up: what goes back begins on the right. */
  left(place) {
    const along = (place / (this.points - 1)) * 100;
    return this.last < this.first ? 100 - along : along;
  }

  knot(place) {
    const node = document.createElement('i');
    const layer = Math.round(this.first + ((this.last - this.first) * place) / (this.points - 1));
    const about = { role: 'slider', tabindex: place === 1 ? 0 : -1, 'aria-orientation': 'vertical', 'aria-label': `Layer ${layer}`,
      'aria-valuemin': -this.span, 'aria-valuemax': this.span };
    for (const [name, value] of Object.entries(about)) node.setAttribute(name, value);
    node.style.left = `${this.left(place)}%`;
    node.onkeydown = (event) => this.press(event, place);
    return node;
  }

  press(event, place) {
    const up = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    const on = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (up === undefined && on === undefined) return;
    event.preventDefault();
    if (up !== undefined) this.set(place, Math.round(this.heights[place]) + up);
    else {
      const to = place + (this.last < this.first ? -on : on);
      if (to < 1 || to >= this.points) return;
      this.knots.forEach((knot, each) => knot.setAttribute('tabindex', each === to ? 0 : -1));
      this.knots[to].focus();
    }
  }

  /** A pointer that is down draws every place between where it was and where it is. */
  point(event) {
    if (this.disabled || !(event.buttons & 1)) return;
    const box = this.pad.getBoundingClientRect();
    const along = (event.clientX - box.left) / box.width;
    const place = Math.min(Math.max(Math.round((this.last < this.first ? 1 - along : along) * (this.points - 1)), 0), this.points - 1);
    const height = within((0.5 - (event.clientY - box.top) / box.height) * 2 * this.span, this.span);
    event.preventDefault();
    if (event.type === 'pointerdown') {
      this.pad.setPointerCapture(event.pointerId);
      this.was = { place, height };
    }
    const { place: from, height: before } = this.was;
    const steps = Math.abs(place - from);
    for (let step = 1; step < steps; step += 1) this.set(from + Math.sign(place - from) * step, before + ((height - before) * step) / steps);
    this.set(place, height);
    this.was = { place, height };
  }

  set(place, height) {
    if (place === 0) return; // where it begins is given
    this.drawn[place] = true;
    this.heights[place] = within(height, this.span);
    // What was left out on the way lies between; what comes after goes along.
    let known = place - 1;
    while (!this.drawn[known]) known -= 1;
    for (let each = known + 1; each < place; each += 1) {
      this.heights[each] = this.heights[known] + ((this.heights[place] - this.heights[known]) * (each - known)) / (place - known);
    }
    for (let each = place + 1; each < this.points && !this.drawn[each]; each += 1) this.heights[each] = this.heights[place];
    this.draw();
  }

  draw() {
    this.path.setAttribute('d', `M${this.heights.map((height, place) => `${this.left(place)} ${this.top(height)}`).join('L')}`);
    this.say.disabled = this.disabled || !this.drawn.some((drawn, place) => drawn && place > 0);
    this.knots.forEach((knot, place) => {
      const height = Math.round(this.heights[place]);
      knot.style.top = `${this.top(this.heights[place])}%`;
      knot.setAttribute('aria-valuenow', height);
      knot.setAttribute('aria-valuetext', `${power(height)} from where it begins`);
    });
  }
}

/** Called by Streamlit through the component's one-line script. */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.sim-sketch');
  if (!sketches.has(root)) sketches.set(root, new Sketch(root));
  const sketch = sketches.get(root);
  sketch.send = (told) => setTriggerValue('drawn', told);
  sketch.update(data);
}
