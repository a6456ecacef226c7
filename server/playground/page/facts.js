// What the answer's headers and bytes show: size, dimensions, timing and cache status. Beside it, a card with the facts
// about the original.

import { bytes, copy, h } from './dom.js';

const negligible = 0.05; // milliseconds, below which a leg is not shown

// What people say of images with a score, by SSIMULACRA 2's own description.
const meanings = [
  [90, 'looks the same'], [80, 'hard to tell apart'], [70, 'high quality'], [50, 'medium quality'], [30, 'low quality'], [-Infinity, 'very low quality'],
];

// compared says how much smaller or larger a is than the original of b bytes.
function compared(a, b) {
  const percent = Math.round((a / b - 1) * 100);
  if (percent === 0) return 'as large as the original';
  return `${Math.abs(percent)} % ${percent < 0 ? 'smaller' : 'larger'} than the original`;
}

// What a leg of the header Server-Timing is called, if its name alone does not say it.
const legNames = { joined: 'made with other sizes' };

export function facts({ config, info }) {
  const size = h('b', { class: 'num' }, '–'), gain = h('span', { class: 'gain' });
  const pixels = h('b', { class: 'num' }, '–'), format = h('span');
  const time = h('b', { class: 'num' }, '–'), legs = h('span', { class: 'legs' });
  const bar = h('div', { class: 'timing', role: 'img' });
  const cache = h('b', {}, '–'), detail = h('span');
  const likeness = h('b', { class: 'num' }, '–'), meaning = h('span');
  const card = (title, ...body) => h('div', { class: 'fact' }, h('h2', {}, title), body);
  const element = h('section', { class: 'facts', 'aria-label': 'Answer' },
    card('Weight', size, gain), card('Result', pixels, format),
    config.score ? h('div', { class: 'fact', id: 'score' }, h('h2', {}, h('abbr', { title: 'By SSIMULACRA 2, against the same image without loss: 100 is equal' }, 'Likeness')), likeness, meaning) : [],
    h('div', { class: 'fact wide' }, h('h2', {}, 'Server time'), time, legs, bar), card('Cache-Status', cache, detail));

  return {
    element,
    busy(on) { element.classList.toggle('stale', on); },
    async loaded(result) {
      size.textContent = bytes(result.bytes);
      gain.textContent = compared(result.bytes, info.bytes);
      gain.classList.toggle('more', result.bytes > info.bytes);
      format.textContent = result.type;
      const [name, ...rest] = result.cache.split(';').map((p) => p.trim());
      cache.textContent = rest[0] === 'hit' ? 'Hit' : 'Miss';
      detail.textContent = result.cache.slice(name.length + 1).trim();
      cache.className = rest[0] === 'hit' ? 'hit' : 'miss';
      times(result);
      const bitmap = await createImageBitmap(result.blob).catch(() => null);
      pixels.textContent = bitmap ? `${bitmap.width} × ${bitmap.height}` : '–';
      bitmap?.close();
    },
    // scored shows a score: undefined while it is computed, null if there is none.
    scored(score) {
      likeness.textContent = score === undefined ? '…' : score === null ? '–' : score.toFixed(1);
      meaning.textContent = Number.isFinite(score) ? meanings.find(([least]) => score >= least)[1] : '';
    },
    failed() {
      for (const e of [size, pixels, time, cache, likeness]) e.textContent = '–';
      for (const e of [gain, format, legs, detail, meaning]) e.textContent = '';
      bar.replaceChildren();
    },
  };

  function times(result) {
    const all = result.legs.filter((leg) => leg.ms > negligible), sum = all.reduce((n, leg) => n + leg.ms, 0);
    time.textContent = all.length > 0 ? `${sum.toFixed(1)} ms` : 'none';
    legs.textContent = all.length > 0 ? all.map((leg) => `${legNames[leg.name] ?? leg.name} ${leg.ms.toFixed(1)}`).join(' · ') : `not resized; ${result.took.toFixed(0)} ms in the browser`;
    bar.setAttribute('aria-label', legs.textContent);
    bar.replaceChildren(...all.map((leg) => {
      const part = h('i', { title: `${leg.name}: ${leg.ms.toFixed(1)} ms`, 'data-leg': leg.name });
      part.style.flexGrow = leg.ms / sum;
      return part;
    }));
  }
}

// original returns a card about the image as it was uploaded.
export function original({ config, info }) {
  const decoder = config.decoders?.[info.mediaType];
  const swatch = h('i', { class: 'swatch' });
  swatch.style.background = info.dominantColor;
  const text = (title, value) => [h('dt', {}, title), h('dd', {}, h('button', { type: 'button', class: 'copyable', title: 'Copy', onclick: () => copy(value) }, value))];
  const plain = (title, ...value) => [h('dt', {}, title), h('dd', {}, value)];
  const turned = info.orientation > 1 && `, stored as ${info.width} × ${info.height} and rotated (EXIF ${info.orientation})`;
  return h('section', { class: 'card original' }, h('h2', {}, 'The original'), h('dl', {},
    plain('Size', `${info.displayed.width} × ${info.displayed.height}`, turned),
    plain('Format', `${info.mediaType}, ${bytes(info.bytes)}`, decoder && `, read by ${decoder}`),
    plain('Animated', info.frames > 1 ? `${info.frames} frames` : 'no'),
    plain('Alpha', info.alpha ? 'yes' : 'no'),
    h('dt', {}, 'Colour'), h('dd', {}, swatch, h('button', { type: 'button', class: 'copyable', title: 'Copy', onclick: () => copy(info.dominantColor) }, info.dominantColor)),
    text('ThumbHash', info.thumbHash), text('BlurHash', info.blurHash)));
}
