// A picture for React, without a build step's help: createElement in place of JSX.
//
//	<Picture of="2026/cat.jpg" width={1200} height={800} sizes="(min-width: 800px) 50vw, 100vw" alt="A cat" />
//	<Picture of="2026/cat.jpg" width={400} height={400} words={{ fit: 'cover', crop: 'smart' }} alt="A cat" priority />

import { createElement } from 'react';

// Where the service is, as https://d111111abcdef8.cloudfront.net; '' is the page's own origin.
const origin = '';

// The service's ladder: what lies between its rungs comes at the next one up.
const ladder = [160, 320, 480, 640, 750, 828, 1080, 1200, 1920, 2048, 3840];

export function urlOf(key, words) {
  return `${origin}/img/${key.split('/').map(encodeURIComponent).join('/')}?${new URLSearchParams(words)}`;
}

// srcSetOf has every rung up to twice the width, for dense screens. With a box, the heights keep its shape.
export function srcSetOf(key, width, height, words) {
  const widths = ladder.filter((w) => w < 2 * width);
  const next = ladder.find((w) => w >= 2 * width);
  const shaped = words?.fit ? (w) => ({ h: Math.max(1, Math.round((height * w) / width)) }) : () => ({});
  return [...widths, ...(next ? [next] : [])].map((w) => `${urlOf(key, { w, ...shaped(w), ...words })} ${w}w`).join(', ');
}

export function Picture({ of: key, width, height, sizes, words, priority, alt = '', ...rest }) {
  return createElement('img', {
    alt, width, height, // both, so that nothing jumps when it comes
    srcSet: srcSetOf(key, width, height, words),
    sizes: sizes ?? `${width}px`,
    src: urlOf(key, { w: width, ...(words?.fit ? { h: height } : {}), ...words }),
    loading: priority ? 'eager' : 'lazy',
    fetchPriority: priority ? 'high' : undefined,
    decoding: 'async',
    ...rest,
  });
}
