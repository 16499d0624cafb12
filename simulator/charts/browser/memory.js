/* A text that the browser keeps from visit to visit, under one name in localStorage.
 *
 * The data: { name, text }. What is kept is sent once when the page is opened, before anything is written; an empty text
 * writes nothing. A browser that keeps nothing (a private window, storage switched off) is as good as a new one.
 */

const LONGEST = 4000; // characters; more was not written here
const asked = new Set();

/** Called by Streamlit through the component's one-line script. */
export default function ({ data, setStateValue }) {
  const { name, text } = data;
  try {
    if (!asked.has(name)) {
      asked.add(name);
      const kept = localStorage.getItem(name);
      if (kept && kept !== text && kept.length <= LONGEST) {
        setStateValue('kept', kept);
        return; // what is shown next has both
      }
    }
    if (text) localStorage.setItem(name, text);
  } catch {
    /* nothing is kept */
  }
}
