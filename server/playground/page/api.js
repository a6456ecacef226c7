// The page's requests to the server.

export const accept = 'image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5'; // as browsers send for <img>

async function json(path, options) {
  const r = await fetch(path, options);
  const body = await r.json().catch(() => ({ error: r.statusText }));
  if (!r.ok) throw new Error(body.error ?? r.statusText);
  return body;
}

export const config = () => json('/playground/config.json');

export const keys = (query, signal) => json('/playground/keys?' + new URLSearchParams(query), { signal });

export const info = (key, signal) => json('/info/' + path(key), { signal, headers: { Accept: 'application/json' } });

export const drop = (file) => json('/playground/drop?name=' + encodeURIComponent(file.name), { method: 'POST', body: file });

// path escapes a key for the path of a URL.
export const path = (key) => key.split('/').map(encodeURIComponent).join('/');

// load fetches a variant. It returns the bytes and what the headers of the answer report about them.
export async function load(url, signal) {
  const began = performance.now();
  const r = await fetch(url, { signal, headers: { Accept: accept } });
  if (!r.ok) throw new Error((await r.text()).trim());
  const blob = await r.blob();
  return { url, blob, bytes: blob.size, type: r.headers.get('Content-Type'), took: performance.now() - began, ...reported(r) };
}

function reported(r) {
  return {
    cache: r.headers.get('Cache-Status') ?? '',
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
    const r = await fetch(url, { method: 'HEAD', signal, headers: { Accept: accept } });
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
