/* The report's host of the app's charts: everything is in the page already. */

const dark = window.matchMedia('(prefers-color-scheme: dark)');

class Page {
  constructor(root) {
    this.root = root;
    this.Plotly = window.Plotly;
    this.source = document.getElementById(root.dataset.figures).textContent;
    this.charts = new Map();
  }

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
    this.charts.forEach((chart) => chart.draw());
  }
}

const pages = [...document.querySelectorAll('.sim-charts')].map((root) => new Page(root));
pages.forEach((page) => page.draw());
dark.addEventListener('change', () => pages.forEach((page) => page.draw()));

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
