/* What the page says of a drag, and when its next value may be sent: slider.js and point.js ask before they send, host.js before it paints. */

/** Whether a drag may move the charts: marks on the page say so where runs are short and nobody waits. */
export function live() {
  const marks = [...document.querySelectorAll('[data-live]')];
  return marks.length > 0 && marks.every((mark) => mark.dataset.live === '1');
}

/** Call `free` when the next value may be sent: while the drag is `held`, once what answers the last one has arrived, so
 * that the server works on the next while it is painted; after it, once it is painted. Returns what ends this. */
export function pace(held, free) {
  const arrived = () => held() && free();
  const painted = () => held() || free();
  document.addEventListener('sim-arrived', arrived);
  document.addEventListener('sim-painted', painted);
  return () => {
    document.removeEventListener('sim-arrived', arrived);
    document.removeEventListener('sim-painted', painted);
  };
}

/** Whether something is being dragged. */
export function dragged() {
  return document.documentElement.dataset.simDragged !== undefined;
}
