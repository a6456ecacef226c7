// Zooming and moving the image: by the wheel, two fingers, dragging, keys and buttons.

import { clamp, h, roving, toast } from './dom.js';

const most = 16; // CSS pixels for a pixel of the image

// zoomer handles the pointers of a view. A drag that press returns a function for does what that does; others move the image.
export function zoomer({ view, layOut, press }) {
  let scale = null; // null fits the image into the view
  let center = { x: 0.5, y: 0.5 }; // of the view, as a share of the image
  let now = { scale: 1, fit: 1, x: 0, y: 0, w: 1, h: 1, room: { w: 1, h: 1 } };
  let hinted = false;

  const button = (text, title, onclick, name) => h('button', { type: 'button', title, 'aria-label': name, onclick }, text);
  const percent = h('span', { class: 'percent num', role: 'status', 'aria-label': 'Zoom' });
  const fitted = button('Fit', 'As large as fits (0)', () => { fit(); layOut(); });
  const actual = button('1:1', 'One image pixel per screen pixel (1)', () => { to(1 / devicePixelRatio); });
  fitted.setAttribute('aria-pressed', 'true');
  const element = roving(h('div', { class: 'segments zoom', role: 'group', 'aria-label': 'Zoom' },
    fitted, actual, button('−', 'Smaller (−)', () => by(1 / 1.5), 'Smaller'), percent, button('+', 'Larger (+)', () => by(1.5), 'Larger')));

  function fit() {
    scale = null;
    center = { x: 0.5, y: 0.5 };
  }

  // place returns where the image lies in a room, and at which scale, for the current zoom.
  function place(box, room, fits) {
    const at = clamp(scale ?? fits, Math.min(fits, 1 / devicePixelRatio), Math.max(most, fits)), w = box.w * at, h = box.h * at;
    const along = (c, length, room) => (length <= room ? (room - length) / 2 : clamp(room / 2 - c * length, room - length, 0));
    now = { scale: at, fit: fits, x: along(center.x, w, room.w), y: along(center.y, h, room.h), w, h, room };
    percent.textContent = `${Math.round(at * devicePixelRatio * 100)} %`;
    fitted.setAttribute('aria-pressed', scale === null);
    actual.setAttribute('aria-pressed', scale !== null && Math.abs(at * devicePixelRatio - 1) < 0.005);
    view.classList.toggle('zoomed', scale !== null);
    view.classList.toggle('pixels', scale !== null && at * devicePixelRatio >= 0.99);
    return now;
  }

  // to sets the scale, and keeps the point of the image that lies at a point of the room.
  function to(next, x = now.room.w / 2, y = now.room.h / 2) {
    const share = { x: (x - now.x) / now.w, y: (y - now.y) / now.h }, k = next / now.scale;
    scale = next;
    center = { x: share.x + (now.room.w / 2 - x) / (now.w * k), y: share.y + (now.room.h / 2 - y) / (now.h * k) };
    layOut();
  }

  // by zooms by a factor. Whoever zooms out until all of the image is in view has it fitted.
  function by(factor, x, y) {
    const next = Math.min(now.scale * factor, most);
    if (factor < 1 && next <= now.fit && now.scale >= now.fit) {
      fit();
      layOut();
    } else to(next, x, y);
  }

  function move(dx, dy) {
    // From where the image is, not from a center that the edges did not allow.
    center = { x: (now.room.w / 2 - now.x - dx) / now.w, y: (now.room.h / 2 - now.y - dy) / now.h };
    layOut();
  }

  const within = (e) => {
    const bounds = view.getBoundingClientRect();
    return [(e.clientX - bounds.left) % now.room.w, e.clientY - bounds.top];
  };

  view.addEventListener('wheel', (e) => {
    if (!e.ctrlKey && !e.metaKey && scale === null) { // the page scrolls
      if (!hinted && Math.abs(e.deltaY) > 40) toast('Hold Ctrl or ⌘ to zoom with the wheel');
      hinted = true;
      return;
    }
    e.preventDefault();
    const lines = e.deltaMode === 1 ? 16 : 1;
    if (!e.ctrlKey && e.deltaX) move(-e.deltaX * lines, 0);
    by(Math.exp(-clamp(e.deltaY * lines, -120, 120) * (Math.abs(e.deltaY) < 50 && e.ctrlKey ? 0.01 : 0.0025)), ...within(e));
  }, { passive: false });

  const fingers = new Map();
  let drag = null, last;

  view.addEventListener('pointerdown', (e) => {
    if (e.button > 1) return;
    fingers.set(e.pointerId, e);
    last = e;
    drag = fingers.size === 1 && e.button === 0 ? press(e) : null;
    drag?.(e);
    e.preventDefault();
    if (!drag) view.focus({ preventScroll: true });
    view.setPointerCapture(e.pointerId);
  });
  view.addEventListener('pointermove', (e) => {
    if (!fingers.has(e.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(e.pointerId, e);
    if (fingers.size === 2) return pinch(before, [...fingers.values()]);
    if (drag) drag(e);
    else if (scale !== null) move(e.clientX - last.clientX, e.clientY - last.clientY);
    last = e;
  });
  for (const name of ['pointerup', 'pointercancel']) {
    view.addEventListener(name, (e) => {
      fingers.delete(e.pointerId);
      drag = null;
      last = [...fingers.values()].at(-1);
    });
  }

  function pinch(before, after) {
    const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const middle = ([a, b]) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
    const [from, to] = [middle(before), middle(after)];
    by(apart(after) / Math.max(1, apart(before)), ...within(to));
    if (scale !== null) move(to.clientX - from.clientX, to.clientY - from.clientY);
  }

  view.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (e.key === '+' || e.key === '=') by(1.5);
    else if (e.key === '-') by(1 / 1.5);
    else if (e.key === '0') { fit(); layOut(); }
    else if (e.key === '1') to(1 / devicePixelRatio);
    else if (step && scale !== null && e.target === view) move(...step);
    else return;
    e.preventDefault();
  });

  return { element, place, fit, isIn: () => scale !== null };
}
