/* A slider that moves the charts while it is moved: a native range input, paced by what it sets in motion.
 *
 * The data: { name, label, help, rungs, text, at, turn, disabled }. `rungs` are its values in order, `at` the place of the one
 * that comes nearest to what holds, which is `text`, to be shown when `turn` is new; another number can be typed. The next value
 * is sent when the charts of the last one have arrived, so that the server works on it while they are painted, or when the run
 * that it began has ended without; what a drag ends with is always sent. Where a mark on the page says that it may not
 * (`data-live`), a drag sends nothing until it ends.
 */

import { live, pace } from './drag.js';

const LONGEST = 2000; // ms after which a value that nothing answers holds up no further one
const PAINTED = 200; // ms after a run's end in which what it drew is painted
const sliders = new WeakMap();
let changes = 0;

class Slider {
  constructor(root, send) {
    this.root = root;
    this.send = send;
    [this.label, this.number, this.input] = ['label', '.number', '[type=range]'].map((part) => root.querySelector(part));
    this.number.addEventListener('change', () => this.typed());
    this.input.addEventListener('pointerdown', () => this.press());
    this.input.addEventListener('input', () => this.moved());
    this.input.addEventListener('change', () => this.release());
    for (const name of ['pointerup', 'pointercancel', 'blur']) this.input.addEventListener(name, () => this.release());
    this.free = this.free.bind(this);
    this.unpace = pace(() => this.pressed, this.free);
    this.script = new MutationObserver(() => this.ended());
    const app = document.querySelector('[data-test-script-state]');
    // What scrolls the page would be a stop of its own on the way to the first slider; it is scrolled by what it holds.
    root.closest('[data-testid="stMain"]')?.setAttribute('tabindex', '-1');
    if (app) this.script.observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
  }

  update({ name, label, help, rungs, text, at, turn, disabled }) {
    Object.assign(this, { name, rungs });
    this.label.textContent = label;
    this.root.title = help;
    this.input.setAttribute('aria-label', label);
    // Consecutive whole numbers are the input's own values; of others it has the places.
    this.first = rungs.every((rung, place) => Number(rung) === Number(rungs[0]) + place) ? Number(rungs[0]) : 0;
    this.input.min = this.first;
    this.input.max = this.first + rungs.length - 1;
    this.input.disabled = this.number.disabled = disabled;
    this.number.setAttribute('aria-label', `${label} as a number`);
    if (turn !== this.turn && !this.pressed) {
      this.turn = turn;
      this.input.value = this.first + at;
      this.sent = at;
      this.say(text);
    }
  }

  /** The page's body may have been drawn for another value than this one's: a mark in it says for which. */
  follow() {
    const text = document.querySelector('[data-live]')?.dataset[this.name];
    if (text === undefined || text === this.number.value || this.busy || this.pressed || document.activeElement === this.number) return;
    // Nor while what was sent is on its way: runs that end meanwhile are of older values.
    if (text !== this.asked && performance.now() < this.until) return;
    const away = this.rungs.map((rung) => Math.abs(Number(rung) - Number(text)));
    this.sent = away.indexOf(Math.min(...away));
    this.input.value = this.first + this.sent;
    this.say(text);
  }

  typed() {
    const text = this.number.value.trim().replace(',', '.').replace('−', '-');
    this.sent = undefined; // the slider may be moved back to where it stands
    this.send({ value: text, dragged: false });
  }

  get at() {
    return Number(this.input.value) - this.first;
  }

  say(text = this.rungs[this.at]) {
    this.number.value = text;
    this.input.setAttribute('aria-valuetext', text);
    this.input.style.setProperty('--filled', this.at / Math.max(1, this.rungs.length - 1));
  }

  /** One change begins: the charts keep what they show as it was before it (chart.js). */
  press() {
    this.pressed = true;
    document.documentElement.dataset.simChange = String((changes += 1));
  }

  moved() {
    this.say();
    if (!this.pressed) return; // the keyboard's: `change` follows
    document.documentElement.dataset.simDragged = '';
    if (live()) this.next();
  }

  /** Send what the slider shows, once nothing is under way. */
  next() {
    if (this.busy || !this.pressed || this.at === this.sent) return;
    this.tell(true);
  }

  tell(dragged) {
    this.sent = this.at;
    this.asked = this.rungs[this.at];
    this.until = performance.now() + LONGEST;
    this.busy = true;
    this.ran = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.free, LONGEST);
    this.dragging = dragged;
    this.send({ value: this.rungs[this.at], dragged });
  }

  release() {
    this.pressed = false;
    delete document.documentElement.dataset.simDragged;
    if (this.at !== this.sent || this.dragging) this.tell(false);
    else if (!this.busy) delete document.documentElement.dataset.simChange;
    document.dispatchEvent(new Event('sim-released'));
  }

  free() {
    clearTimeout(this.timer);
    if (this.busy && !this.pressed) delete document.documentElement.dataset.simChange;
    this.busy = false;
    this.next();
  }

  /** A run has ended: what it drew is painted soon, and frees what was sent before it. */
  ended() {
    const state = document.querySelector('[data-test-script-state]')?.dataset.testScriptState;
    if (state === 'running' || state === 'rerunRequested') {
      this.ran = true;
      return;
    }
    setTimeout(() => this.follow(), PAINTED);
    if (this.busy && this.ran) {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.free, PAINTED);
    }
  }

  close() {
    this.unpace();
    this.script.disconnect();
    clearTimeout(this.timer);
    sliders.delete(this.root);
  }
}

/** Called by Streamlit through the component's one-line script. */
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.sim-slider');
  if (!sliders.has(root)) sliders.set(root, new Slider(root));
  const slider = sliders.get(root);
  slider.send = (told) => setStateValue('told', told);
  slider.update(data);
  return () => setTimeout(() => { if (!root.isConnected) slider.close(); });
}
