// All originals, a page at a time as they come into view.

import { bytes, h } from './dom.js';
import * as api from './api.js';
import { first, url } from './grammar.js';

// gallery fills a place, and returns how to leave it.
export function gallery(place, config, search) {
  const gone = new AbortController();
  const grid = h('ul', { class: 'grid' });
  const end = h('div', { class: 'end' });
  const count = h('p', { class: 'count', role: 'status' });
  place.append(h('h1', { class: 'hidden' }, 'Pictures of ' + config.name), count, grid, end);

  // A search that ends in a slash is a folder; any other is a word anywhere in the key.
  const query = search.endsWith('/') ? { prefix: search } : { q: search };
  let after = '', busy = false, done = false, seen = 0;

  async function more() {
    if (busy || done) return;
    busy = true;
    end.classList.add('busy');
    try {
      const page = await api.keys({ ...query, after }, gone.signal);
      grid.append(...page.items.map((item) => tile(config, item)));
      seen += page.items.length;
      after = page.next;
      done = !page.next;
      count.textContent = seen === 0 && done ? '' : `${seen}${done ? '' : '+'} picture${seen === 1 && done ? '' : 's'}${search && ` for “${search}”`}`;
      if (seen === 0 && done) grid.replaceWith(nothing(search));
    } catch (err) {
      if (gone.signal.aborted) return;
      done = true;
      end.replaceChildren(h('p', { class: 'empty', role: 'alert' }, err.message));
    } finally {
      busy = false;
      end.classList.remove('busy');
    }
    // Observed anew it tells again where it is, even if it never was out of view.
    watch.unobserve(end);
    if (!done) watch.observe(end);
  }
  const watch = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && more(), { rootMargin: '800px' });
  watch.observe(end);

  return () => {
    watch.disconnect();
    gone.abort();
  };
}

const nothing = (search) => h('div', { class: 'empty' },
  h('p', {}, search ? `No picture for “${search}”.` : 'No pictures here yet.'),
  h('p', {}, search ? 'A word is looked for anywhere in the key; with a slash at its end it is a folder.' : 'Put some into the folder, or drop one onto this page.'));

function tile(config, item) {
  const cut = item.key.lastIndexOf('/') + 1;
  const img = h('img', {
    src: url(item.key, { w: 480, h: 360, fit: 'cover' }), width: 480, height: 360, loading: 'lazy', decoding: 'async', alt: '',
    onload: (e) => e.target.classList.add('here'),
    onerror: (e) => e.target.replaceWith(h('span', { class: 'broken' }, 'does not decode')),
  });
  return h('li', {}, h('a', { class: 'tile', href: '#/' + api.path(item.key) + '?w=' + first(config) },
    h('span', { class: 'frame' }, img),
    h('span', { class: 'caption' },
      h('span', { class: 'name', title: item.key }, cut > 0 && h('i', {}, item.key.slice(0, cut)), item.key.slice(cut)),
      h('span', { class: 'num' }, bytes(item.bytes)))));
}
