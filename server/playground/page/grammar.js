// The URL's parameters and the geometry that follows from them, which is the same as in the Go package resize.

import { path } from './api.js';
import { clamp } from './dom.js';

export const effects = ['bri', 'con', 'sat', 'gam', 'sharp', 'invert', 'flip'];
export const names = ['w', 'h', 'dpr', 'fit', 'crop', 'fp-x', 'fp-y', 'rect', 'q', 'fm', 'bg', 'blur', ...effects, 'preset'];
export const signedOnly = ['fp-x', 'fp-y', 'rect', 'bg', 'blur', ...effects];
export const anchors = ['top-left', 'top', 'top-right', 'left', 'center', 'right', 'bottom-left', 'bottom', 'bottom-right'];
export const isCorner = (crop) => /-/.test(crop ?? '');
export const isSmart = (crop) => crop === 'smart' || crop === 'faces';

const aliases = { width: 'w', height: 'h', gravity: 'crop', quality: 'q', format: 'fm', f: 'fm' };

// read parses the parameters of a query. Those without a control are kept: the server reports what it does not know.
export function read(query) {
  const params = {};
  for (const [name, value] of new URLSearchParams(query)) if (value) params[aliases[name] ?? name] = value;
  return params;
}

// useParameters adds the parameters of the server that have no control here, and returns them.
export function useParameters(list) {
  const others = list.filter((p) => !names.includes(p.name));
  names.push(...others.map((p) => p.name));
  signedOnly.push(...others.filter((p) => !p.unsigned).map((p) => p.name));
  return others;
}

const presets = new Map();

// usePresets sets the presets of the server, whose parameters count for the geometry.
export function usePresets(list) {
  for (const p of list) presets.set(p.name, read(p.query));
}

// resolved returns parameters with those of their preset, where they have none of their own.
const resolved = (params) => ({ ...presets.get(params.preset), ...params });

// query formats parameters in a fixed order, those without a control last, without those that are empty.
export function query(params) {
  const others = Object.keys(params).filter((n) => !names.includes(n));
  return [...names, ...others].filter((n) => params[n] !== undefined && params[n] !== '')
    .map((n) => `${encodeURIComponent(n)}=${encodeURIComponent(params[n]).replaceAll('%2C', ',')}`).join('&');
}

export function url(key, params) {
  const q = query(params);
  return '/img/' + path(key) + (q && '?' + q);
}

export const rectOf = (params) => {
  const r = (params.rect ?? '').split(',').map(Number);
  return r.length === 4 && r.every(Number.isFinite) ? { x: r[0], y: r[1], w: r[2], h: r[3] } : null;
};

// plan computes which part of an original is taken (crop), the size of the result on its canvas, and where it lies there.
// Only the server can compute where a smart crop lies; smart is true then.
export function plan(own, size) {
  const params = resolved(own);
  const all = { x: 0, y: 0, w: size.width, h: size.height };
  const part = meet(rectOf(params) ?? all, all);
  const dpr = Number(params.dpr ?? 1), has = params.w && params.h;
  const bw = params.w ? Math.max(1, Math.round(params.w * dpr)) : Infinity;
  const bh = params.h ? Math.max(1, Math.round(params.h * dpr)) : Infinity;
  const fit = has ? params.fit ?? 'inside' : 'inside';
  const sized = (w, h, k) => ({ w: Math.max(1, Math.round(w * k)), h: Math.max(1, Math.round(h * k)) });
  let crop = part, out, smart = false;
  if (fit === 'cover') {
    const k = Math.min(part.w / bw, part.h / bh);
    const win = { w: clamp(Math.round(k * bw), 1, part.w), h: clamp(Math.round(k * bh), 1, part.h) };
    crop = { ...place(params, part, win), ...win };
    smart = isSmart(params.crop) && (win.w !== part.w || win.h !== part.h);
    out = sized(bw, bh, Math.min(1, k));
  } else if (fit === 'fill') out = sized(bw, bh, Math.min(1, part.w / bw, part.h / bh));
  else if (fit === 'outside') out = sized(part.w, part.h, Math.min(1, Math.max(bw / part.w, bh / part.h)));
  else out = sized(part.w, part.h, Math.min(1, bw / part.w, bh / part.h));
  const canvas = fit === 'contain' ? { w: bw, h: bh } : out;
  return { crop, size: out, canvas, offset: { x: Math.floor((canvas.w - out.w) / 2), y: Math.floor((canvas.h - out.h) / 2) }, part, smart };
}

function meet(a, b) {
  const x = clamp(a.x, b.x, b.x + b.w - 1), y = clamp(a.y, b.y, b.y + b.h - 1);
  return { x, y, w: Math.max(1, Math.min(a.x + a.w, b.x + b.w) - x), h: Math.max(1, Math.min(a.y + a.h, b.y + b.h) - y) };
}

function place(params, part, win) {
  const room = { x: part.w - win.w, y: part.h - win.h };
  if (params['fp-x'] !== undefined || params['fp-y'] !== undefined || params.crop === 'focalpoint') {
    const at = (f, length, window) => clamp(Math.round(f * length - window / 2), 0, length - window);
    return { x: part.x + at(Number(params['fp-x'] ?? 0.5), part.w, win.w), y: part.y + at(Number(params['fp-y'] ?? 0.5), part.h, win.h) };
  }
  const crop = params.crop ?? 'center';
  const half = (lo, hi) => (crop.includes(lo) ? 0 : crop.includes(hi) ? 2 : 1);
  return { x: part.x + Math.floor(room.x * half('left', 'right') / 2), y: part.y + Math.floor(room.y * half('top', 'bottom') / 2) };
}

// at returns the parameters of the same image at another width, with some overridden and without a preset.
export function at(own, width, overrides) {
  const params = resolved(own), p = { ...params, ...overrides, w: width };
  delete p.dpr;
  delete p.preset;
  if (params.h) {
    if (params.w) p.h = Math.max(1, Math.round(params.h * width / params.w));
    else delete p.h;
  }
  return p;
}

// ladder returns the server's widths that make sense for an original, ascending: all that are smaller than it, and the
// first that is not.
export function ladder(widths, params, size) {
  const most = plan({ ...params, w: undefined, h: undefined, fit: undefined }, size).size.w;
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

// needSignature returns the names of those parameters that only a signed URL may have.
export function needSignature(params) {
  if (params.preset) return Object.keys(params).filter((n) => !['preset', 'fm', 'auto'].includes(n));
  const all = signedOnly.filter((n) => params[n] !== undefined);
  if (isCorner(params.crop) || params.crop === 'focalpoint') all.push('crop');
  return all;
}
