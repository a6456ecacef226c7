// The page's requests to the server.

import { middle } from './dom.js';

export const accept = 'image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5'; // as browsers send for <img>

// ask is fetch with a message that people understand when nobody answers. Its error has the property retry: it is worth
// asking again.
async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (err) {
    if (err.name === 'AbortError') throw err;
    throw Object.assign(new Error('The server has stopped. This page goes on when it runs again.'), { retry: true });
  }
}

async function json(path, options) {
  const r = await ask(path, options);
  const body = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(body.error ?? r.statusText);
  return body;
}

export const config = () => json('/playground/config.json');

export const keys = (query, signal) => json('/playground/keys?' + new URLSearchParams(query), { signal });

export const info = (key, signal) => json('/info/' + path(key), { signal, headers: { Accept: 'application/json' } });

// summary returns the folders directly below a prefix and the number of images, as far as the server counts them.
export const summary = (query, signal) => json('/playground/summary?' + new URLSearchParams(query), { signal });

// score returns the likeness of two images of the same size, of whose middle it sends the pixels: those of RGBA.
export async function score(width, height, most, pixels, signal) {
  const [w, h] = middle(width, height, most);
  const { score } = await json(`/playground/score?w=${w}&h=${h}`, { method: 'POST', body: new Blob(pixels), signal });
  return score;
}

// signing says whether URLs are signed before they are requested, where the server does that.
export const signing = { on: false };

async function signed(url) {
  if (!signing.on || !url.startsWith('/img/')) return url;
  const [path, query = ''] = url.split(/\?(.*)/s);
  return (await json('/playground/sign', { method: 'POST', body: JSON.stringify({ path, query }) })).url;
}

export const drop = (file) => json('/playground/drop?name=' + encodeURIComponent(file.name), { method: 'POST', body: file });

// path escapes a key for the path of a URL.
export const path = (key) => key.split('/').map(encodeURIComponent).join('/');

// load fetches a variant. It returns the bytes and what the headers of the answer report about them.
export async function load(url, signal) {
  const began = performance.now();
  url = await signed(url);
  const r = await ask(url, { signal, headers: { Accept: accept } });
  if (!r.ok) {
    const busy = [429, 503].includes(r.status) && 1000 * Number(r.headers.get('Retry-After') ?? 2);
    throw Object.assign(new Error((await r.text()).trim()), { retry: busy });
  }
  const blob = await r.blob();
  return { url, blob, bytes: blob.size, type: r.headers.get('Content-Type'), took: performance.now() - began, ...reported(r) };
}

function reported(r) {
  return {
    cache: r.headers.get('Cache-Status') ?? '',
    isBrief: /^public, max-age=\d+$/.test(r.headers.get('Cache-Control') ?? ''), // as of drafts
    note: r.headers.get('X-Amz-Meta-Note') ?? '',
    ignored: r.headers.get('X-Imgorigin-Ignored') ?? '',
    legs: (r.headers.get('Server-Timing') ?? '').split(',').filter(Boolean).map((leg) => {
      const [name, ...rest] = leg.trim().split(';');
      return { name, ms: Number(rest.find((p) => p.startsWith('dur='))?.slice(4) ?? 0) };
    }),
  };
}

const measured = new Map(); // by URL

// measure returns the size of a variant in bytes by a HEAD request, for which the server renders it if it has to. Results
// are cached until forget.
export async function measure(url, signal) {
  if (!measured.has(url)) {
    const r = await ask(await signed(url), { method: 'HEAD', signal, headers: { Accept: accept } });
    if (!r.ok) throw new Error(r.statusText);
    measured.set(url, Number(r.headers.get('Content-Length')));
    if (measured.size > 2000) measured.delete(measured.keys().next().value);
  }
  return measured.get(url);
}

export const forget = () => measured.clear();

// each runs work on all items, at most atOnce at a time.
export async function each(items, atOnce, work) {
  const queue = items.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const item of queue) await work(item);
  }));
}
