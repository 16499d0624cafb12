/* The report's host of the app's charts: everything is in the page already. */

const dark = window.matchMedia('(prefers-color-scheme: dark)');

class Page {
  constructor(root) {
    this.root = root;
    this.source = document.getElementById(root.dataset.figures).textContent;
    this.charts = new Map();
  }

  get Plotly() { return window.Plotly; }

  text(figure) { return JSON.stringify(figure); }

  report() {}

  draw() {
    this.theme = readTheme(this.root);
    let payload = JSON.parse(this.source);
    if (this.theme.dark) {
      let text = this.source;
      for (const [light, deep] of Object.entries(payload.dark)) text = text.replaceAll(light, deep);
      payload = JSON.parse(text);
    }
    this.root.style.setProperty('--sim-columns', payload.columns);
    this.root.dataset.columns = payload.columns;
    this.above = payload.figures.some(({ layout }) => layout.annotations?.some((note) => note.yshift > 0));
    // All cards first: how wide a chart is depends on how many there are.
    for (const figure of payload.figures) {
      if (!this.charts.has(figure.name)) {
        const chart = new Chart(figure.name, this);
        this.charts.set(figure.name, chart);
        this.root.append(chart.card);
      }
      this.charts.get(figure.name).describe(figure);
    }
    if (this.Plotly) this.charts.forEach((chart) => chart.draw());
  }
}

/** Run Plotly's script, which the page carries compressed. */
async function plotly() {
  const packed = Uint8Array.from(atob(document.getElementById('plotly').textContent), (one) => one.charCodeAt(0));
  const src = URL.createObjectURL(new Blob([await unpack(packed)], { type: 'text/javascript' }));
  await new Promise((done) => document.head.append(Object.assign(document.createElement('script'), { src, onload: done })));
  URL.revokeObjectURL(src);
}

const pages = [...document.querySelectorAll('.sim-charts')].map((root) => new Page(root));
const draw = () => pages.forEach((page) => page.draw());
draw(); // the cards and their words
plotly().then(draw);
dark.addEventListener('change', draw);

let timer;
let width = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  clearTimeout(timer);
  timer = setTimeout(() => pages.forEach((page) => page.charts.forEach((chart) => chart.resize())), 60);
});

for (const button of document.querySelectorAll('button[data-file]')) {
  button.onclick = () => {
    const content = document.getElementById(button.dataset.from).textContent;
    const url = URL.createObjectURL(new Blob([content], { type: button.dataset.type }));
    Object.assign(document.createElement('a'), { href: url, download: button.dataset.file }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
}

for (const block of document.querySelectorAll('pre')) {
  const button = Object.assign(document.createElement('button'), { className: 'copy', type: 'button', textContent: 'Copy' });
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(block); // no clipboard in this browser: the text is ready to be copied by hand
    }
  };
  block.before(button);
}
