// The size of the current variant in each format.

import { bytes, h, later, saved, whenSeen } from './dom.js';
import * as api from './api.js';
import { query, url } from './grammar.js';

export function weights({ config, key, info, set, closed }) {
  const list = h('ul', { class: 'bars' });
  const element = h('section', { class: 'card weights' },
    h('h2', {}, 'Weight by format'), h('p', { class: 'sub' }, 'The image above in every format that this server writes. Choose one to see it.'), list);
  const rows = config.formats.map((format) => {
    const fill = h('i', { class: 'fill ' + format }), size = h('span', { class: 'num' }, '…'), percent = h('span', { class: 'num percent' });
    const button = h('button', { type: 'button', 'data-format': format, 'aria-pressed': 'false', onclick: () => set({ fm: format }) },
      h('span', { class: 'name' }, format), h('span', { class: 'track' }, fill), size, percent);
    list.append(h('li', {}, button));
    return { format, fill, size, percent, button, bytes: 0 };
  });
  let stop, measured, wanted, isSeen = false;

  const measure = later(250, async (params) => {
    stop?.abort();
    stop = new AbortController();
    const { signal } = stop;
    await api.each(rows, 2, async (row) => {
      try {
        row.bytes = await api.measure(url(key, { ...params, fm: row.format }), signal);
      } catch {
        row.bytes = NaN;
      }
      if (!signal.aborted && !closed.aborted) draw();
    });
  });

  function draw() {
    const most = Math.max(...rows.map((r) => r.bytes || 0));
    const least = Math.min(...rows.map((r) => r.bytes || Infinity));
    for (const r of rows) {
      r.fill.style.width = `${(100 * (r.bytes || 0)) / most}%`;
      r.size.textContent = r.bytes ? bytes(r.bytes) : Number.isNaN(r.bytes) ? 'fails' : '…';
      r.percent.textContent = r.bytes ? saved(r.bytes, info.bytes) : '';
      r.button.classList.toggle('least', r.bytes === least);
    }
  }

  function begin() {
    const variant = wanted && query({ ...wanted, fm: '' });
    if (!isSeen || !wanted || variant === measured) return;
    measured = variant;
    for (const r of rows) r.bytes = 0;
    measure(wanted);
  }
  // It costs a resize for each format, so sizes are measured only when the card comes into view.
  const giveUp = whenSeen(element, 0, () => {
    isSeen = true;
    begin();
  });

  return {
    element,
    loaded(result, params) {
      for (const r of rows) r.button.setAttribute('aria-pressed', result.type === 'image/' + r.format);
      wanted = params;
      begin();
    },
    leave() {
      giveUp();
      stop?.abort();
    },
  };
}
