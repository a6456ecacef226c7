// How near the variant is to the same image without loss, as SSIMULACRA 2 has it. The server computes it of the pixels that
// this browser decodes, from both.

import * as api from './api.js';
import { later, middle } from './dom.js';
import { resolved, url } from './grammar.js';

// scorer is a part of the view without an element: it passes the score to the parts that show it.
export function scorer({ config, key, closed, shows }) {
  let stop;

  const measure = later(200, async (result, params) => {
    stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closed]);
    try {
      const score = await scoreOf(result.blob, resolved(params), signal);
      if (!signal.aborted) for (const part of shows) part.scored?.(score);
    } catch {
      if (!signal.aborted) for (const part of shows) part.scored?.(null); // one image may be damaged, or too small
    }
  });

  async function scoreOf(blob, params, signal) {
    if (params.fm === 'png') return 100; // it is what others are compared with
    const lossless = await api.load(url(key, { ...params, q: '', fm: 'png', lossless: '' }), signal);
    const [a, b] = await Promise.all([lossless.blob, blob].map((it) => createImageBitmap(it)));
    try {
      if (a.width !== b.width || a.height !== b.height) return null; // as where a URL with fm is snapped otherwise
      if (Math.min(a.width, a.height) < 8) return null; // SSIMULACRA 2 is not defined for it
      return await api.score(a.width, a.height, config.score, [pixels(a, config.score), pixels(b, config.score)], signal);
    } finally {
      a.close();
      b.close();
    }
  }

  return {
    loaded(result, params) {
      stop?.abort();
      for (const part of shows) part.scored?.(undefined);
      if (config.score) measure(result, params);
    },
    leave() { stop?.abort(); },
  };
}

// pixels returns the RGBA of the middle of an image.
function pixels(bitmap, most) {
  const [w, h] = middle(bitmap.width, bitmap.height, most);
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, -Math.floor((bitmap.width - w) / 2), -Math.floor((bitmap.height - h) / 2));
  return context.getImageData(0, 0, w, h).data;
}
