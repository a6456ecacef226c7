// The URL's parameters and the geometry that follows from them, which is the same as in the Go package resize.

import { path } from './api.js';
import { clamp } from './dom.js';

// The parameters in the order of URLs. Those that only the server knows of follow, in its order.
const names = ['w', 'h', 'ar', 'dpr', 'fit', 'crop', 'fp-x', 'fp-y', 'fp-z', 'rect', 'q', 'fm', 'bg', 'rot', 'flip'];
const signedOnly = new Set();
export const anchors = ['top-left', 'top', 'top-right', 'left', 'center', 'right', 'bottom-left', 'bottom', 'bottom-right'];
export const isCorner = (crop) => /-/.test(crop ?? '');
const looking = ['smart', 'faces', 'entropy', 'edges'];

// cropOf returns the crop that counts: of a list that begins with a way to look for something, the first.
const cropOf = (params) => {
  const [first] = (params.crop ?? 'center').split(',');
  return looking.includes(first) ? first : params.crop ?? 'center';
};
export const isSmart = (crop) => looking.includes(cropOf({ crop }));

const aliases = {
  width: 'w', height: 'h', gravity: 'crop', quality: 'q', format: 'fm', f: 'fm', 'fill-color': 'bg', 'max-width': 'max-w',
  'max-height': 'max-h', 'min-width': 'min-w', 'min-height': 'min-h', mono: 'monochrome', grayscale: 'greyscale', pixellate: 'px', el: 'enlarge',
};

// read parses the parameters of a query. Those that are unknown are kept: the server reports what it ignores.
export function read(query) {
  const params = {};
  for (const [name, value] of new URLSearchParams(query)) if (value) params[aliases[name] ?? name] = value;
  return params;
}

// useParameters makes the parameters of the server known here.
export function useParameters(list) {
  names.push(...list.map((p) => p.name).filter((n) => !names.includes(n) && n !== 'preset'), 'preset');
  for (const p of list) if (!p.unsigned) signedOnly.add(p.name);
}

export const isKnown = (name) => names.includes(aliases[name] ?? name);
export const nothing = () => Object.fromEntries(names.filter((n) => n !== 'w').map((n) => [n, '']));

const presets = new Map();

// usePresets sets the presets of the server, whose parameters count for the geometry.
export function usePresets(list) {
  for (const p of list) presets.set(p.name, read(p.query));
}

// resolved returns parameters with those of their preset, where they have none of their own.
export const resolved = ({ preset, ...params }) => ({ ...presets.get(preset), ...params });

// query formats parameters in a fixed order, unknown ones last, without those that are empty.
export function query(params) {
  const others = Object.keys(params).filter((n) => !names.includes(n));
  return [...names, ...others].filter((n) => params[n] !== undefined && params[n] !== '')
    .map((n) => `${encodeURIComponent(n)}=${encodeURIComponent(params[n]).replaceAll('%2C', ',').replaceAll('%3A', ':')}`).join('&');
}

export function url(key, params) {
  const q = query(params);
  return '/img/' + path(key) + (q && '?' + q);
}

export const rectOf = (params) => {
  const r = (params.rect ?? '').split(',').map(Number);
  return r.length === 4 && r.every(Number.isFinite) ? { x: r[0], y: r[1], w: r[2], h: r[3] } : null;
};

// boxOf returns the box that parameters ask for, in device pixels and without bounds where a side is open, and the fit.
function boxOf(params) {
  const side = (n, least, most) => {
    const v = params[n] && Math.max(Number(params[n]), Number(params[least] ?? 0));
    return params[most] ? Math.min(v || Infinity, Number(params[most])) : v;
  };
  let w = side('w', 'min-w', 'max-w'), h = side('h', 'min-h', 'max-h'), { fit } = params;
  const [x, y] = (params.ar ?? '').split(':').map(Number);
  if (x > 0 && y > 0 && Boolean(w) !== Boolean(h)) {
    if (w) h = clamp(Math.round(w * y / x), 1, 8192);
    else w = clamp(Math.round(h * x / y), 1, 8192);
    fit ??= 'cover';
  }
  const dpr = Number(params.dpr ?? 1), device = (v) => (v ? Math.max(1, Math.round(v * dpr)) : Infinity);
  return { w: device(w), h: device(h), fit: w && h ? fit ?? 'inside' : 'inside' };
}

// hasBox reports whether parameters ask for both sides, with which fit and crop have an effect.
export const hasBox = (own) => { const b = boxOf(resolved(own)); return b.w !== Infinity && b.h !== Infinity; };
export const fitOf = (own) => boxOf(resolved(own)).fit;

// marginOf returns the pixels that pad adds beside and above the image.
function marginOf(params) {
  const on = (side) => Number(params['pad-' + side] ?? params.pad ?? 0);
  return { x: on('left') + on('right'), y: on('top') + on('bottom') };
}

const back = { top: 'left', left: 'bottom', bottom: 'right', right: 'top', 'top-left': 'bottom-left', 'bottom-left': 'bottom-right',
  'bottom-right': 'top-right', 'top-right': 'top-left' };

// plan computes which part of an original is taken (crop), the size of the result on its canvas, and where it lies there.
// Only the server can compute where a crop lies that looks at the image, and what a trim leaves; unknown is true then.
export function plan(own, size) {
  const params = resolved(own), box = boxOf(params), margin = marginOf(params);
  const part = meet(rectOf(params) ?? { x: 0, y: 0, w: size.width, h: size.height }, { x: 0, y: 0, w: size.width, h: size.height });
  const angle = Number(params.rot ?? 0) % 360, turns = angle % 90 === 0 ? angle / 90 : 0;
  let [bw, bh] = [Math.max(1, box.w - margin.x), Math.max(1, box.h - margin.y)], anchor = cropOf(params);
  if (turns % 2) [bw, bh] = [bh, bw];
  for (let i = 0; i < turns; i++) anchor = back[anchor] ?? anchor;
  const most = params.enlarge === 'true' && Math.min(bw, bh) < Infinity ? Infinity : 1, { fit } = box;
  const sized = (w, h, k) => ({ w: Math.max(1, Math.round(w * k)), h: Math.max(1, Math.round(h * k)) });
  let crop = part, out, smart = false;
  if (fit === 'cover') {
    const k = Math.min(part.w / bw, part.h / bh) / Number(params['fp-z'] ?? 1);
    const win = { w: clamp(Math.round(k * bw), 1, part.w), h: clamp(Math.round(k * bh), 1, part.h) };
    crop = { ...place(params, anchor, part, win), ...win };
    smart = isSmart(anchor) && (win.w !== part.w || win.h !== part.h);
    out = sized(bw, bh, Math.min(1, k * most));
  } else if (fit === 'fill') out = sized(bw, bh, Math.min(1, most * part.w / bw, most * part.h / bh));
  else if (fit === 'outside') out = sized(part.w, part.h, Math.min(most, Math.max(bw / part.w, bh / part.h)));
  else out = sized(part.w, part.h, Math.min(most, bw / part.w, bh / part.h));
  const inner = fit === 'contain' ? { w: bw, h: bh } : out;
  const upright = turns % 2 ? { w: inner.h, h: inner.w } : inner;
  return {
    crop, size: out, canvas: { w: upright.w + margin.x, h: upright.h + margin.y }, part, unknown: smart || Boolean(params.trim),
    offset: { x: Math.floor((inner.w - out.w) / 2), y: Math.floor((inner.h - out.h) / 2) }, reshaped: isReshaped(params),
  };
}

const shapes = ['rot', 'flip', 'mask', 'trim', 'enlarge', 'pad', 'border', 'mark'];
const isReshaped = (params) => Object.keys(params).some((n) => shapes.some((s) => n === s || n.startsWith(s + '-')));

// geometry returns the parameters of the same shape without effects and encoding.
export function geometry(own) {
  const has = (n) => ['w', 'h', 'ar', 'dpr', 'fit', 'crop', 'rect', 'bg', 'corner-radius'].includes(n) || /^(fp|max|min|pad|border|mask|trim|rot|flip|enlarge)/.test(n);
  return Object.fromEntries(Object.entries(resolved(own)).filter(([n]) => has(n)));
}

function meet(a, b) {
  const x = clamp(a.x, b.x, b.x + b.w - 1), y = clamp(a.y, b.y, b.y + b.h - 1);
  return { x, y, w: Math.max(1, Math.min(a.x + a.w, b.x + b.w) - x), h: Math.max(1, Math.min(a.y + a.h, b.y + b.h) - y) };
}

function place(params, anchor, part, win) {
  const room = { x: part.w - win.w, y: part.h - win.h };
  if (params['fp-x'] !== undefined || params['fp-y'] !== undefined || anchor === 'focalpoint') {
    const at = (f, length, window) => clamp(Math.round(f * length - window / 2), 0, length - window);
    return { x: part.x + at(Number(params['fp-x'] ?? 0.5), part.w, win.w), y: part.y + at(Number(params['fp-y'] ?? 0.5), part.h, win.h) };
  }
  const half = (lo, hi) => (anchor.includes(lo) ? 0 : anchor.includes(hi) ? 2 : 1);
  return { x: part.x + Math.floor(room.x * half('left', 'right') / 2), y: part.y + Math.floor(room.y * half('top', 'bottom') / 2) };
}

// at returns the parameters of the same image at another width, with some overridden and without a preset.
export function at(own, width, overrides) {
  const params = resolved(own), p = { ...params, ...overrides, w: width };
  delete p.dpr;
  if (params.h) {
    if (params.w) p.h = Math.max(1, Math.round(params.h * width / params.w));
    else delete p.h;
  }
  return p;
}

// ladder returns the server's widths that make sense for an original, ascending: all that are smaller than it, and the
// first that is not.
export function ladder(widths, params, size) {
  const most = plan({ ...resolved(params), w: undefined, h: undefined, ar: undefined, fit: undefined, 'max-w': undefined, 'max-h': undefined }, size).size.w;
  const within = widths.filter((w) => w < most);
  const next = widths.find((w) => w >= most);
  return next ? [...within, next] : within;
}

// first returns the width in which an image is shown initially: a rung of the ladder.
export const first = (config) => config.widths.find((w) => w >= 800) ?? config.widths.at(-1);

// snapped returns the width that an unsigned URL is snapped to, or null if that is the width it asks for.
export function snapped(config, params) {
  const requested = Math.round(Number(params.w) * Number(params.dpr ?? 1));
  const rung = config.widths.find((w) => w >= requested) ?? config.widths.at(-1);
  return params.w && rung !== requested ? rung : null;
}

// needsSignature reports whether only a signed URL may have a parameter with its value.
export function needsSignature(params, name) {
  if (params[name] === undefined) return false;
  if (params.preset) return isKnown(name) && !['preset', 'fm', 'auto'].includes(name);
  if (name === 'crop') return isCorner(params.crop) || params.crop === 'focalpoint';
  return signedOnly.has(name) || name === 'rot' && !['0', '90', '180', '270'].includes(params.rot);
}
