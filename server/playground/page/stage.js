// The image itself. In compare mode, the variant lies over the original with a divider between them. The other modes show
// the original with a crop rectangle or a focal point to drag.

import { bytes, clamp, h, icon } from './dom.js';
import { plan, rectOf, url } from './grammar.js';

const tools = [
  ['compare', 'Compare', 'M10 2v16M3 5h4v10H3zM13 5h4v10h-4z'],
  ['crop', 'Crop', 'M5 1v14h14M1 5h14v14'],
  ['focus', 'Focus', 'M10 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM10 1v4M10 15v4M1 10h4M15 10h4'],
];
const margin = 20; // around the image, CSS pixels
const handles = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'];

export function stage({ config, key, info, set }) {
  const size = info.displayed;
  let mode = 'compare', zoom = 'fit', split = 0.5, params = {}, blob, scale = 1;

  const reference = h('img', { alt: 'The original', draggable: 'false' });
  const variant = h('img', { alt: 'The variant', draggable: 'false' });
  const under = h('div', { class: 'under' }, reference);
  const over = h('div', { class: 'over' }, variant);
  const divider = h('div', {
    class: 'divider', role: 'slider', tabindex: '0', 'aria-label': 'Divider between original and variant', 'aria-orientation': 'horizontal',
    'aria-valuemin': '0', 'aria-valuemax': '100', onkeydown: keyDivider,
  }, icon('M7 5 2.5 10 7 15M13 5l4.5 5-4.5 5'));
  const rect = h('div', { class: 'rect', tabindex: '0', role: 'group', onkeydown: keyRect},
    h('i', { class: 'thirds' }), ...handles.map((at) => h('b', { class: 'handle ' + at, 'data-at': at })));
  const frame = h('div', { class: 'window' });
  const dot = h('div', { class: 'dot', tabindex: '0', role: 'group', onkeydown: keyDot});
  const board = h('div', { class: 'board', onpointerdown: press }, under, over, divider, rect, frame, dot);
  const inset = h('figure', { class: 'inset' }, h('img', { alt: 'The result' }), h('figcaption', {}, 'Result'));
  const left = h('span', { class: 'tag left' }), right = h('span', { class: 'tag right' });
  const view = h('div', { class: 'view' }, board);
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });

  const signed = !config.exact;
  const toolButtons = tools.map(([name, title, glyph]) => h('button', {
    type: 'button', 'data-tool': name, 'aria-pressed': 'false', onclick: () => use(name),
    disabled: signed && name !== 'compare', title: signed && name !== 'compare' ? 'This server requires a signed URL for it' : title,
  }, icon(glyph), title));
  const zooms = [['fit', 'Fit'], ['actual', '1:1']].map(([name, title]) => h('button', {
    type: 'button', 'aria-pressed': 'false', title: name === 'fit' ? 'As large as fits' : 'One image pixel per screen pixel', onclick: () => { zoom = name; layOut(); },
  }, title));
  const element = h('section', { class: 'stage', 'aria-label': 'Image' },
    h('div', { class: 'stage-bar' },
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Tool' }, toolButtons),
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Zoom' }, zooms)),
    h('div', { class: 'view-box' }, view, left, right, inset, problem, h('div', { class: 'progress', 'aria-hidden': 'true' })));

  // use switches to a tool. A focal point has an effect only with fit=cover and both sides, so that tool sets them.
  function use(name) {
    mode = name;
    if (name === 'focus' && (params.fit !== 'cover' || !params.w || !params.h)) {
      const w = Number(params.w ?? Math.min(800, size.width));
      set({ fit: 'cover', w, h: params.h ?? w });
    }
    layOut();
  }

  // layOut positions everything for the current parameters, tool, zoom and window.
  function layOut() {
    const room = { w: view.clientWidth - 2 * margin, h: view.clientHeight - 2 * margin };
    if (room.w <= 0 || room.h <= 0) return;
    const p = plan(params, size), comparing = mode === 'compare';
    const box = comparing ? p.canvas : { w: size.width, h: size.height };
    scale = Math.min(room.w / box.w, room.h / box.h, comparing ? 4 : Infinity);
    if (comparing && zoom === 'actual') scale = 1 / devicePixelRatio;
    element.dataset.mode = mode;
    element.dataset.zoom = comparing ? zoom : 'fit';
    for (const b of toolButtons) b.setAttribute('aria-pressed', b.dataset.tool === mode);
    zooms.forEach((b, i) => {
      b.setAttribute('aria-pressed', (i === 0) === (zoom === 'fit'));
      b.disabled = !comparing;
    });
    px(board, { width: box.w * scale, height: box.h * scale });
    layReference(p, comparing);
    layOverlay(p);
    divide();
  }

  // layReference scales and moves the original so that the part which the variant shows lies exactly under the variant.
  function layReference(p, comparing) {
    const isPart = comparing && !p.smart;
    const want = url(key, p.smart && comparing ? sharper(params) : whole());
    if (reference.getAttribute('src') !== want) reference.src = want;
    const [sx, sy] = isPart ? [p.size.w / p.crop.w * scale, p.size.h / p.crop.h * scale] : [scale, scale];
    const area = isPart ? { x: p.offset.x * scale, y: p.offset.y * scale, w: p.size.w * scale, h: p.size.h * scale }
      : { x: 0, y: 0, w: board.offsetWidth, h: board.offsetHeight };
    px(under, { left: area.x, top: area.y, width: area.w, height: area.h });
    if (p.smart && comparing) px(reference, { left: 0, top: 0, width: area.w, height: area.h });
    else px(reference, { left: isPart ? -p.crop.x * sx : 0, top: isPart ? -p.crop.y * sy : 0, width: size.width * sx, height: size.height * sy });
  }

  const nearLossless = () => (info.frames > 1 ? { fm: 'gif' } : info.alpha ? { fm: 'png' } : { fm: 'jpeg', q: 90 });
  const whole = () => ({ w: Math.min(2048, size.width), ...nearLossless() });
  // Only the server can compute where a smart crop lies, so the reference is the same crop with twice the pixels.
  const sharper = (p) => ({ w: Math.min(4096, p.w * 2), h: Math.min(4096, p.h * 2), fit: p.fit, crop: p.crop, rect: p.rect, ...nearLossless() });

  function layOverlay(p) {
    const r = rectOf(params) ?? { x: 0, y: 0, w: size.width, h: size.height };
    px(rect, { left: r.x * scale, top: r.y * scale, width: r.w * scale, height: r.h * scale });
    px(frame, { left: p.crop.x * scale, top: p.crop.y * scale, width: p.crop.w * scale, height: p.crop.h * scale });
    const f = focus(), percent = (x) => `${Math.round(x * 100)} %`;
    rect.setAttribute('aria-label', `Crop rectangle ${r.w} × ${r.h} at ${r.x}, ${r.y}: arrow keys move it, with Shift they resize it`);
    dot.setAttribute('aria-label', `Focal point ${percent(f.x)} across, ${percent(f.y)} down: arrow keys move it`);
    px(dot, { left: (p.part.x + f.x * p.part.w) * scale, top: (p.part.y + f.y * p.part.h) * scale });
  }

  const focus = () => ({ x: Number(params['fp-x'] ?? 0.5), y: Number(params['fp-y'] ?? 0.5) });

  function divide() {
    over.style.clipPath = `inset(0 0 0 ${split * 100}%)`;
    divider.style.left = `${split * 100}%`;
    divider.setAttribute('aria-valuenow', Math.round(split * 100));
    divider.setAttribute('aria-valuetext', `${Math.round(split * 100)} % original`);
  }

  // press starts dragging what the current tool moves: the divider, the focal point or the crop rectangle.
  function press(e) {
    if (e.button !== 0) return;
    const bounds = board.getBoundingClientRect();
    const point = (e) => ({ x: (e.clientX - bounds.left) / scale, y: (e.clientY - bounds.top) / scale });
    const drag = mode === 'compare' ? (e) => { split = clamp((e.clientX - bounds.left) / bounds.width, 0, 1); divide(); }
      : mode === 'focus' ? (e) => focusAt(point(e)) : cropFrom(e.target, point(e), point);
    (mode === 'compare' ? divider : mode === 'focus' ? dot : rect).focus({ preventScroll: true });
    drag(e);
    e.preventDefault();
    board.setPointerCapture(e.pointerId);
    const stop = () => {
      board.removeEventListener('pointermove', drag);
      board.removeEventListener('pointerup', stop);
      board.removeEventListener('pointercancel', stop);
    };
    board.addEventListener('pointermove', drag);
    board.addEventListener('pointerup', stop);
    board.addEventListener('pointercancel', stop);
  }

  function focusAt({ x, y }) {
    const { part } = plan(params, size);
    const share = (v) => Math.round(clamp(v, 0, 1) * 1000) / 1000;
    set({ crop: '', 'fp-x': share((x - part.x) / part.w), 'fp-y': share((y - part.y) / part.h) });
  }

  // cropFrom returns the handler of a drag that started at from: on a handle it resizes the rectangle, inside it moves the
  // rectangle, and elsewhere it draws a new one.
  function cropFrom(target, from, point) {
    const r = rectOf(params) ?? { x: 0, y: 0, w: size.width, h: size.height };
    const at = target.dataset.at, isAll = !params.rect, inside = target === rect || target.closest('.rect');
    return (e) => {
      const to = point(e), dx = to.x - from.x, dy = to.y - from.y;
      if (at) return crop(stretch(r, at, dx, dy));
      if (inside && !isAll) return crop({ ...r, x: clamp(r.x + dx, 0, size.width - r.w), y: clamp(r.y + dy, 0, size.height - r.h) });
      if (Math.abs(dx) * scale < 4 && Math.abs(dy) * scale < 4) return;
      crop({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(dx), h: Math.abs(dy) });
    };
  }

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
    return by;
  }

  function keyDivider(e) {
    const by = arrow(e);
    if (!by && e.key !== 'Home' && e.key !== 'End') return;
    e.preventDefault();
    split = e.key === 'Home' ? 0 : e.key === 'End' ? 1 : clamp(split + (by[0] - by[1]) * (e.shiftKey ? 0.1 : 0.02), 0, 1);
    divide();
  }

  function keyRect(e) {
    const by = arrow(e);
    if (!by) return;
    const r = rectOf(params) ?? { x: 0, y: 0, w: size.width, h: size.height };
    const [dx, dy] = [by[0] * Math.max(1, size.width / 100), by[1] * Math.max(1, size.height / 100)];
    crop(e.shiftKey ? stretch(r, 'se', dx, dy) : { ...r, x: clamp(r.x + dx, 0, size.width - r.w), y: clamp(r.y + dy, 0, size.height - r.h) });
  }

  function keyDot(e) {
    const by = arrow(e), f = focus(), { part } = plan(params, size), step = e.shiftKey ? 0.1 : 0.01;
    if (by) focusAt({ x: part.x + (f.x + by[0] * step) * part.w, y: part.y + (f.y + by[1] * step) * part.h });
  }

  const watch = new ResizeObserver(layOut);
  watch.observe(view);

  return {
    element,
    show(next) { params = next; layOut(); },
    busy(on) { element.classList.toggle('busy', on); },
    loaded(result) {
      problem.hidden = true;
      if (blob) URL.revokeObjectURL(blob);
      blob = URL.createObjectURL(result.blob);
      variant.src = inset.firstChild.src = blob;
      left.textContent = `Original · ${size.width} × ${size.height} · ${bytes(info.bytes)}`;
      right.textContent = `${result.type.replace('image/', '').toUpperCase()} · ${bytes(result.bytes)}`;
    },
    failed(err) {
      problem.textContent = err.message;
      problem.hidden = false;
    },
    leave() {
      watch.disconnect();
      if (blob) URL.revokeObjectURL(blob);
    },
  };
}

// px sets lengths of an element's style, in CSS pixels.
function px(element, where) {
  for (const [name, value] of Object.entries(where)) element.style[name] = value + 'px';
}
