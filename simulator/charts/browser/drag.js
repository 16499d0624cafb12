/* What the page says of a drag: slider.js and point.js ask before they send, host.js before it paints. */

/** Whether a drag may move the charts: marks on the page say so where runs are short and nobody waits. */
export function live() {
  const marks = [...document.querySelectorAll('[data-live]')];
  return marks.length > 0 && marks.every((mark) => mark.dataset.live === '1');
}

/** Whether something is being dragged. */
export function dragged() {
  return document.documentElement.dataset.simDragged !== undefined;
}
