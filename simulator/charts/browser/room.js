/* A room's wire: the key that this browser keeps of a room, and the server's word that the room has changed.
 *
 * The data: { code, key, version, told }. Once, when it begins, the browser says what key it has kept (`kept`, or "none");
 * `key` is kept for a day. The server's events (deploy/rooms.py) carry version, members and ballots: the counts are written
 * into the page as they come, and a version beyond the page's own is sent on as `woken`, for a run to take it up. Where
 * the server has no such events, `deaf` says so, and the page asks for itself.
 */

const DAY = 24 * 3600 * 1000;
const AGAIN = 2000; // ms until the next try where events had come before
const rooms = new WeakMap();

class Wire {
  constructor(root) {
    this.root = root;
    this.seen = 0;
  }

  update(data, address, send) {
    Object.assign(this, { data, send });
    this.seen = Math.max(this.seen, data.version);
    if (data.key) keep(data.code, data.key);
    if (this.code !== data.code) {
      this.close();
      Object.assign(this, { code: data.code, address, listens: false });
      if (!data.key) send('kept', kept(data.code) || 'none');
    }
    // Not before it has joined: the run that joins may turn the page, and what is said meanwhile would turn it back.
    if (data.key && !this.listens) {
      Object.assign(this, { listens: true, seen: data.version });
      this.begin();
    }
  }

  /** Whether the server has events at all: asked for first, since a browser reports a stream that is none as an error. */
  async begin() {
    try {
      if ((await fetch(new URL('.', this.address))).status === 204) this.listen();
      else this.send('deaf', true);
    } catch {
      this.timer = setTimeout(() => this.begin(), AGAIN);
    }
  }

  listen() {
    this.events = new EventSource(this.address);
    this.events.onmessage = (message) => this.news(JSON.parse(message.data));
    this.events.onerror = () => {
      if (this.events.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.listen(), AGAIN);
    };
  }

  news({ version, members, ballots }) {
    const shown = { members, ballots };
    for (const place of document.querySelectorAll('[data-room-count]')) {
      const text = String(shown[place.dataset.roomCount]);
      if (place.textContent !== text) place.textContent = text;
    }
    if (version < 0) this.close(); // the room is closed
    if (version === this.seen) return;
    this.seen = version;
    this.send('woken', version);
  }

  close() {
    clearTimeout(this.timer);
    this.events?.close();
  }
}

function kept(code) {
  try {
    const found = JSON.parse(localStorage.getItem(`simulator-room-${code}`));
    return Date.now() - found.at < DAY && typeof found.key === 'string' && found.key.length < 100 ? found.key : '';
  } catch {
    return ''; // nothing, or nothing of ours
  }
}

function keep(code, key) {
  if (kept(code) === key) return;
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith('simulator-room-') && !kept(name.slice('simulator-room-'.length))) localStorage.removeItem(name);
    }
    localStorage.setItem(`simulator-room-${code}`, JSON.stringify({ key, at: Date.now() }));
  } catch {
    /* a browser that keeps nothing joins anew */
  }
}

/** Called by Streamlit through the component's one-line script. */
export default function ({ data, parentElement, setStateValue }, plotly, at) {
  if (!rooms.has(parentElement)) rooms.set(parentElement, new Wire(parentElement));
  const wire = rooms.get(parentElement);
  wire.update(data, at(`/rooms/${data.code}`), setStateValue);
  return () => setTimeout(() => { if (!parentElement.isConnected) wire.close(); });
}
