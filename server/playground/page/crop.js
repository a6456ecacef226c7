// The crop rectangle and the focal point, which are dragged on the original or moved by arrow keys.

import { clamp, h, px } from './dom.js';
import { plan, rectOf } from './grammar.js';

const handles = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'];

// cropTool returns elements that lie over the original, and what drags do to them. get returns the current parameters.
export function cropTool({ info, set, get, scale }) {
  const size = info.displayed;
  const rect = h('div', { class: 'rect', tabindex: '0', role: 'group', onkeydown: keyRect },
    h('i', { class: 'thirds' }), ...handles.map((at) => h('b', { class: 'handle ' + at, 'data-at': at })));
  const frame = h('div', { class: 'window' });
  const dot = h('div', { class: 'dot', tabindex: '0', role: 'group', onkeydown: keyDot });

  const current = () => rectOf(get()) ?? { x: 0, y: 0, w: size.width, h: size.height };
  const focus = () => ({ x: Number(get()['fp-x'] ?? 0.5), y: Number(get()['fp-y'] ?? 0.5) });

  function layOut(p) {
    const r = current(), k = scale(), f = focus(), percent = (x) => `${Math.round(x * 100)} %`;
    px(rect, { left: r.x * k, top: r.y * k, width: r.w * k, height: r.h * k });
    px(frame, { left: p.crop.x * k, top: p.crop.y * k, width: p.crop.w * k, height: p.crop.h * k });
    frame.hidden = p.unknown;
    px(dot, { left: (p.part.x + f.x * p.part.w) * k, top: (p.part.y + f.y * p.part.h) * k });
    rect.setAttribute('aria-label', `Crop rectangle ${r.w} × ${r.h} at ${r.x}, ${r.y}: arrow keys move it, with Shift they resize it`);
    dot.setAttribute('aria-label', `Focal point ${percent(f.x)} across, ${percent(f.y)} down: arrow keys move it`);
  }

  // press returns what a drag does in one of the two modes.
  function press(mode, e, point) {
    (mode === 'focus' ? dot : rect).focus({ preventScroll: true });
    return mode === 'focus' ? (e) => focusAt(point(e)) : cropFrom(e.target, point(e), point);
  }

  function focusAt({ x, y }) {
    const { part } = plan(get(), size);
    const share = (v) => Math.round(clamp(v, 0, 1) * 1000) / 1000;
    set({ crop: '', 'fp-x': share((x - part.x) / part.w), 'fp-y': share((y - part.y) / part.h) });
  }

  // cropFrom returns the handler of a drag that started at from: on a handle it resizes the rectangle, inside it moves the
  // rectangle, and elsewhere it draws a new one.
  function cropFrom(target, from, point) {
    const r = current(), at = target.dataset.at, isAll = !get().rect, isInside = target === rect || target.closest('.rect');
    return (e) => {
      const to = point(e), dx = to.x - from.x, dy = to.y - from.y;
      if (at) return crop(stretch(r, at, dx, dy));
      if (isInside && !isAll) return crop(moved(r, dx, dy));
      if (Math.abs(dx) * scale() < 4 && Math.abs(dy) * scale() < 4) return;
      crop({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(dx), h: Math.abs(dy) });
    };
  }

  const moved = (r, dx, dy) => ({ ...r, x: clamp(r.x + dx, 0, size.width - r.w), y: clamp(r.y + dy, 0, size.height - r.h) });

  function stretch(r, at, dx, dy) {
    let [x0, y0, x1, y1] = [r.x, r.y, r.x + r.w, r.y + r.h];
    if (at.includes('w')) x0 = clamp(x0 + dx, 0, x1 - 1);
    if (at.includes('e')) x1 = clamp(x1 + dx, x0 + 1, size.width);
    if (at.includes('n')) y0 = clamp(y0 + dy, 0, y1 - 1);
    if (at.includes('s')) y1 = clamp(y1 + dy, y0 + 1, size.height);
    return { x: x0, y: y0, w: x1 - x0, h: y1 - y0 };
  }

  function crop(r) {
    const x = clamp(Math.round(r.x), 0, size.width - 1), y = clamp(Math.round(r.y), 0, size.height - 1);
    const w = clamp(Math.round(r.w), 1, size.width - x), h = clamp(Math.round(r.h), 1, size.height - y);
    set({ rect: w === size.width && h === size.height ? '' : [x, y, w, h].join(',') });
  }

  function arrow(e) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (by) e.preventDefault();
    if (by) e.stopPropagation();
    return by;
  }

  function keyRect(e) {
    const by = arrow(e);
    if (!by) return;
    const r = current(), [dx, dy] = [by[0] * Math.max(1, size.width / 100), by[1] * Math.max(1, size.height / 100)];
    crop(e.shiftKey ? stretch(r, 'se', dx, dy) : moved(r, dx, dy));
  }

  function keyDot(e) {
    const by = arrow(e), f = focus(), { part } = plan(get(), size), step = e.shiftKey ? 0.1 : 0.01;
    if (by) focusAt({ x: part.x + (f.x + by[0] * step) * part.w, y: part.y + (f.y + by[1] * step) * part.h });
  }

  return { elements: [rect, frame, dot], layOut, press };
}
