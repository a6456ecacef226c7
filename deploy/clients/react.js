// An image component for React. It uses createElement instead of JSX, so it needs no build step.
//
//	<Picture of="2026/cat.jpg" width={1200} height={800} sizes="(min-width: 800px) 50vw, 100vw" alt="A cat" />
//	<Picture of="2026/cat.jpg" width={400} height={400} words={{ fit: 'cover', crop: 'smart' }} alt="A cat" priority />

import { createElement } from 'react';

// The origin of the service, such as https://d111111abcdef8.cloudfront.net; '' is the origin of the page.
const origin = '';

// The service's ladder. It rounds any other width up to the next of these.
const ladder = [32, 64, 96, 128, 160, 320, 480, 640, 750, 828, 1080, 1200, 1920, 2048, 3840];

export function urlOf(key, words) {
  return `${origin}/img/${key.split('/').map(encodeURIComponent).join('/')}?${new URLSearchParams(words)}`;
}

// srcSetOf returns candidates of every width of the ladder up to twice the width, for dense screens, but those that are only
// for icons. With a fit, their heights keep the shape of the box.
export function srcSetOf(key, width, height, words) {
  const widths = ladder.filter((w) => w >= Math.min(width, 160) && w < 2 * width);
  const next = ladder.find((w) => w >= 2 * width);
  const shaped = words?.fit ? (w) => ({ h: Math.max(1, Math.round((height * w) / width)) }) : () => ({});
  return [...widths, ...(next ? [next] : [])].map((w) => `${urlOf(key, { w, ...shaped(w), ...words })} ${w}w`).join(', ');
}

export function Picture({ of: key, width, height, sizes, words, priority, alt = '', ...rest }) {
  return createElement('img', {
    alt, width, height, // both, so that the layout does not shift when the image loads
    srcSet: srcSetOf(key, width, height, words),
    sizes: sizes ?? `${width}px`,
    src: urlOf(key, { w: width, ...(words?.fit ? { h: height } : {}), ...words }),
    loading: priority ? 'eager' : 'lazy',
    fetchPriority: priority ? 'high' : undefined,
    decoding: 'async',
    ...rest,
  });
}
