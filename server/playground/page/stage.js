// The image itself. In compare mode, the variant lies over the original, or over a variant that is kept, with a divider between
// them; it can lie beside it instead. The other modes show the original with a crop rectangle or a focal point to drag.

import { bytes, clamp, h, icon, later, px, roving } from './dom.js';
import { cropTool } from './crop.js';
import { geometry, plan, url } from './grammar.js';
import { zoomer } from './zoom.js';

const tools = [
  ['compare', 'Compare', 'M10 2v16M3 5h4v10H3zM13 5h4v10h-4z'],
  ['sides', 'Side by side', 'M3 4h6v12H3zM11 4h6v12h-6z'],
  ['crop', 'Crop', 'M5 1v14h14M1 5h14v14'],
  ['focus', 'Focus', 'M10 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM10 1v4M10 15v4M1 10h4M15 10h4'],
];
const margin = 20; // around the image, CSS pixels

export function stage(context) {
  const { config, key, info, set } = context;
  const size = info.displayed;
  let mode = 'compare', split = 0.5, params = {}, shown, kept, scale = 1, slow, space, wide = 0;

  const reference = h('img', { alt: 'The original', draggable: 'false', fetchpriority: 'high' });
  const variant = h('img', { alt: 'The variant', draggable: 'false', onload: () => layOut() });
  const under = h('div', { class: 'under' }, reference);
  const over = h('div', { class: 'over' }, variant);
  const divider = h('div', {
    class: 'divider', role: 'slider', tabindex: '0', 'aria-label': 'Divider between original and variant', 'aria-orientation': 'horizontal',
    'aria-valuemin': '0', 'aria-valuemax': '100', onkeydown: keyDivider,
  }, icon('M7 5 2.5 10 7 15M13 5l4.5 5-4.5 5'));
  const crop = cropTool({ ...context, get: () => params, scale: () => scale });
  const board = h('div', { class: 'board' }, under, over, crop.elements);
  const inset = h('figure', { class: 'inset' }, h('img', { alt: 'The result' }), h('figcaption', {}, 'Result'));
  const left = h('span', { class: 'tag left' }), right = h('span', { class: 'tag right' });
  const view = h('div', { class: 'view', tabindex: '0', role: 'group', 'aria-label': 'Image: + and − zoom, 0 fits it, arrow keys move it' }, board, divider);
  const zoom = zoomer({ view, layOut: () => layOut(), press });
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const making = h('p', { class: 'making', role: 'status', hidden: true });

  const signed = () => !config.exact && !config.signing?.on;
  const toolButtons = tools.map(([name, title, glyph]) => h('button', {
    type: 'button', 'data-tool': name, 'aria-pressed': 'false', title, 'aria-label': title, onclick: () => use(name),
  }, icon(glyph), h('span', {}, title)));
  const keep = h('button', {
    type: 'button', class: 'keep', id: 'keep', 'aria-pressed': 'false', title: 'Keep this variant, to compare the next ones with it', onclick: toggleKept,
  }, icon('M6 2.5h8v15l-4-3.5-4 3.5z'), h('span', {}, 'Keep'));
  const element = h('section', { class: 'stage', 'aria-label': 'Image' },
    h('div', { class: 'stage-bar' },
      roving(h('div', { class: 'segments', role: 'group', 'aria-label': 'Tool' }, toolButtons)),
      h('div', { class: 'segments' }, keep), zoom.element),
    h('div', { class: 'view-box' }, view, left, right, inset, problem, making, h('div', { class: 'progress', 'aria-hidden': 'true' })));

  const isComparing = () => mode === 'compare' || mode === 'sides';

  // use switches to a tool. A focal point has an effect only with fit=cover and both sides, so that tool sets them.
  function use(name) {
    mode = name;
    zoom.fit();
    if (name === 'focus' && (params.fit !== 'cover' || !params.w || !params.h)) {
      const w = Number(params.w ?? Math.min(800, size.width));
      set({ fit: 'cover', w, h: params.h ?? w });
    }
    layOut();
  }

  function toggleKept() {
    kept = kept ? undefined : shown;
    label();
    layOut();
  }

  // layOut positions everything for the current parameters, tool, zoom and window. The loaded variant knows its size best.
  function layOut() {
    if (!space) space = { width: view.clientWidth, height: view.clientHeight }; // until the observer has measured it
    const room = { w: space.width / (mode === 'sides' ? 2 : 1), h: space.height };
    if (room.w <= 2 * margin || room.h <= 0) return;
    const p = plan(params, size), loaded = shown?.params === params && variant.complete && variant.naturalWidth > 0;
    const canvas = loaded ? { w: variant.naturalWidth, h: variant.naturalHeight } : p.canvas;
    const box = isComparing() ? canvas : { w: size.width, h: size.height }, edge = room.h < 200 ? 6 : margin;
    const fit = Math.min((room.w - 2 * edge) / box.w, (room.h - 2 * edge) / box.h, isComparing() ? 4 : Infinity);
    const at = zoom.place(box, room, fit);
    scale = at.scale;
    element.dataset.mode = mode;
    element.classList.toggle('tight', space.width < 600 && room.w - at.x - at.w < 100); // the result would hide handles
    for (const b of toolButtons) {
      b.setAttribute('aria-pressed', b.dataset.tool === mode);
      b.disabled = signed() && !['compare', 'sides'].includes(b.dataset.tool);
    }
    px(board, { left: at.x, top: at.y, width: at.w, height: at.h });
    layReference(p, { left: 0, top: 0, width: box.w * scale, height: box.h * scale });
    crop.layOut(p);
    divide(at, room.w);
    px(divider, { top: Math.max(0, at.y), height: Math.min(room.h, at.y + at.h) - Math.max(0, at.y) });
  }

  // layReference scales and moves the original so that the part which the variant shows lies exactly under the variant. What
  // only the server can compute comes from there, without effects and loss.
  function layReference(p, all) {
    const other = kept?.objectURL ?? (p.unknown || p.reshaped ? url(key, { ...geometry(params), ...nearLossless(p.reshaped) }) : null);
    const isPart = isComparing() && !other;
    const [sx, sy] = isPart ? [p.size.w / p.crop.w * scale, p.size.h / p.crop.h * scale] : [scale, scale];
    const want = isComparing() && other ? other : url(key, whole(size.width * sx));
    if (reference.getAttribute('src') !== want) reference.src = want;
    if (!isPart) {
      px(under, all);
      px(reference, all);
      return;
    }
    px(under, { left: p.offset.x * scale, top: p.offset.y * scale, width: p.size.w * scale, height: p.size.h * scale });
    px(reference, { left: -p.crop.x * sx, top: -p.crop.y * sy, width: size.width * sx, height: size.height * sy });
  }

  const nearLossless = (mayBeClear) => (info.frames > 1 ? { fm: 'gif' } : info.alpha || mayBeClear ? { fm: 'png' } : { fm: 'jpeg', q: 90 });
  // whole returns the parameters of the original for a width in CSS pixels. Two sizes do: a large one after a small one.
  function whole(width) {
    wide = Math.max(wide, width * devicePixelRatio > 1080 ? 2048 : 1080);
    return { w: Math.min(wide, size.width), ...nearLossless() };
  }

  // divide shows the variant right of the divider, which stays within the part of the image that is in view.
  function divide({ x: left, w: width }, room) {
    const from = Math.max(0, left), to = Math.min(room, left + width), x = from + split * (to - from);
    const isSides = mode === 'sides', percent = Math.round(split * 100);
    over.style.clipPath = !isComparing() ? '' : isSides ? `inset(0 0 0 ${Math.max(0, -left)}px)` : `inset(0 0 0 ${Number((100 * (x - left) / width).toFixed(3))}%)`;
    under.style.clipPath = isSides ? `inset(0 ${Math.max(0, under.offsetLeft + under.offsetWidth + left - room)}px 0 0)` : '';
    over.style.translate = isSides ? `${room}px` : '';
    px(divider, { left: isSides ? room : x });
    divider.dataset.from = from;
    divider.dataset.to = to;
    divider.setAttribute('aria-valuenow', percent);
    divider.setAttribute('aria-valuetext', `${percent} % ${kept ? 'kept variant' : 'original'}`);
  }

  // press returns what a drag that starts here does: it moves the divider, the focal point or the crop rectangle. It returns
  // nothing where the image itself is moved.
  function press(e) {
    const bounds = board.getBoundingClientRect();
    const point = (e) => ({ x: (e.clientX - bounds.left) / scale, y: (e.clientY - bounds.top) / scale });
    if (!isComparing()) return crop.press(mode, e, point);
    if (mode === 'sides' || zoom.isIn() && !e.target.closest('.divider')) return null;
    divider.focus({ preventScroll: true });
    const { left: edge } = view.getBoundingClientRect(), [from, to] = [Number(divider.dataset.from), Number(divider.dataset.to)];
    return (e) => { split = clamp((e.clientX - edge - from) / (to - from), 0, 1); layOut(); };
  }

  function keyDivider(e) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[e.key];
    if (!by && e.key !== 'Home' && e.key !== 'End') return;
    e.preventDefault();
    e.stopPropagation();
    split = e.key === 'Home' ? 0 : e.key === 'End' ? 1 : clamp(split + by * (e.shiftKey ? 0.1 : 0.02), 0, 1);
    layOut();
  }

  const named = (v) => [v.type.replace('image/', '').toUpperCase(), bytes(v.bytes), Number.isFinite(v.score) && v.score.toFixed(1)].filter(Boolean).join(' · ');
  function label() {
    keep.setAttribute('aria-pressed', Boolean(kept));
    left.textContent = kept ? `Kept · ${named(kept)}` : `Original · ${size.width} × ${size.height} · ${bytes(info.bytes)}`;
    right.textContent = shown ? named(shown) + (kept ? ` · ${saved(shown.bytes, kept.bytes)}` : '') : '';
  }
  const saved = (a, b) => `${a < b ? '−' : '+'}${Math.abs(Math.round((a / b - 1) * 100))} %`;

  const watch = new ResizeObserver((entries) => {
    space = entries.at(-1).contentRect;
    layOut();
  });
  watch.observe(view);
  const say = (text) => { making.textContent = text; making.hidden = !text; };
  const layOutSoon = later(60, () => layOut());

  return {
    element,
    show(next) { params = next; layOut(); },
    uses: (objectURL) => kept?.objectURL === objectURL || shown?.objectURL === objectURL,
    busy(on, params) {
      element.classList.toggle('busy', on);
      clearInterval(slow);
      if (!on) return;
      const began = performance.now();
      slow = setInterval(() => say(`Making ${params.fm ? params.fm.toUpperCase() : 'the image'}: ${Math.round((performance.now() - began) / 1000)} s`), 1000);
    },
    loaded(result, params) {
      problem.hidden = true;
      say(result.isBrief && config.drafts ? `A quick draft. The final ${params.fm === 'avif' ? 'AVIF' : 'file'} is being made …` : '');
      shown = { ...result, params };
      variant.src = inset.firstChild.src = result.objectURL;
      label();
      layOutSoon();
    },
    scored(score) {
      if (shown) shown.score = score;
      if (kept && kept.objectURL === shown?.objectURL) kept.score = score;
      label();
    },
    failed(err) {
      say('');
      problem.textContent = err.message;
      problem.hidden = false;
    },
    // escape leaves a tool, or the zoom, and reports whether there was anything to leave.
    escape() {
      if (isComparing() && !zoom.isIn()) return false;
      if (isComparing()) zoom.fit();
      else use('compare');
      layOut();
      return true;
    },
    leave() {
      watch.disconnect();
      clearInterval(slow);
      if (kept) URL.revokeObjectURL(kept.objectURL);
    },
  };
}
