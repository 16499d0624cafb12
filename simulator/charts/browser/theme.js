/* Streamlit's theme, as Plotly understands it. */

/** The colours and sizes that hold at `node`; `key` differs where any of them does. */
export function readTheme(node) {
  const css = getComputedStyle(node);
  const get = (name, otherwise) => css.getPropertyValue(name).trim() || otherwise;
  const theme = {
    text: get('--st-text-color', '#1f2933'),
    page: get('--st-background-color', '#ffffff'),
    line: get('--st-border-color', '#c5ccd3'),
    grid: get('--st-border-color-light', '#e4e8ec'),
    font: get('--st-font', 'sans-serif'),
    size: parseFloat(get('--st-base-font-size', '16')) || 16,
  };
  theme.dark = luminance(theme.page) < 0.4;
  theme.key = Object.values(theme).join('|');
  return theme;
}

const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
function luminance(color) {
  canvas.fillStyle = '#fff';
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

/** What every chart has in common. */
export function template(theme, font = theme.font) {
  const axis = {
    gridcolor: theme.grid, linecolor: theme.line, zerolinecolor: theme.line, tickcolor: theme.line, ticks: 'outside', ticklen: 4,
    showline: true, minor: { ticks: 'outside', ticklen: 2, tickcolor: theme.line }, title: { standoff: 6, font: { size: theme.size * 0.8 } },
  };
  const small = { size: theme.size * 0.75 };
  const bar = { colorbar: { tickfont: small, title: { font: small }, tickcolor: theme.line } };
  return {
    data: { heatmap: [bar], contour: [bar] },
    layout: {
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: font, size: theme.size * 0.8, color: theme.text },
      hoverlabel: { bgcolor: theme.page, bordercolor: theme.line, font: { family: font, size: theme.size * 0.8, color: theme.text } },
      xaxis: { ...axis, spikecolor: theme.line, spikethickness: 1, spikedash: 'solid' }, yaxis: axis,
      legend: { bgcolor: 'rgba(0,0,0,0)', font: { size: theme.size * 0.78 } },
      annotationdefaults: { font: { size: theme.size * 0.78 } },
    },
  };
}
