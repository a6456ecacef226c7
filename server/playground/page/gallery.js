// The gallery of all originals. It loads the next page when the end of the list comes into view.

import { bytes, h } from './dom.js';
import * as api from './api.js';
import { first, url } from './grammar.js';

// gallery fills a container and returns the function that leaves it.
export function gallery(container, config, search) {
  const closed = new AbortController();
  const grid = h('ul', { class: 'grid' });
  const end = h('div', { class: 'end' });
  const count = h('p', { class: 'count', role: 'status' });
  container.append(h('h1', { class: 'hidden' }, 'Images in ' + config.name), count, grid, end);

  // A search that ends in a slash is for a folder, any other for a word anywhere in the key.
  const query = search.endsWith('/') ? { prefix: search } : { q: search };
  let after = '', busy = false, done = false, seen = 0;

  async function loadMore() {
    if (busy || done) return;
    busy = true;
    end.classList.add('busy');
    try {
      const page = await api.keys({ ...query, after }, closed.signal);
      grid.append(...page.items.map((item) => tile(config, item)));
      seen += page.items.length;
      after = page.next;
      done = !page.next;
      count.textContent = seen === 0 && done ? '' : `${seen}${done ? '' : '+'} image${seen === 1 && done ? '' : 's'}${search && ` for “${search}”`}`;
      if (seen === 0 && done) grid.replaceWith(nothing(search));
    } catch (err) {
      if (closed.signal.aborted) return;
      done = true;
      end.replaceChildren(h('p', { class: 'empty', role: 'alert' }, err.message));
    } finally {
      busy = false;
      end.classList.remove('busy');
    }
    // The observer reports an element that it starts to observe, even if it never left the view.
    watch.unobserve(end);
    if (!done) watch.observe(end);
  }
  const watch = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && loadMore(), { rootMargin: '800px' });
  watch.observe(end);

  return () => {
    watch.disconnect();
    closed.abort();
  };
}

const nothing = (search) => h('div', { class: 'empty' },
  h('p', {}, search ? `No image for “${search}”.` : 'No images here yet.'),
  h('p', {}, search ? 'A search finds a word anywhere in the key, or a folder if it ends in a slash.' : 'Put some into the folder, or drop one onto this page.'));

function tile(config, item) {
  const cut = item.key.lastIndexOf('/') + 1;
  const img = h('img', {
    src: url(item.key, { w: 480, h: 360, fit: 'cover' }), width: 480, height: 360, loading: 'lazy', decoding: 'async', alt: '',
    onload: (e) => e.target.classList.add('here'),
    onerror: (e) => e.target.replaceWith(h('span', { class: 'broken' }, 'cannot be decoded')),
  });
  return h('li', {}, h('a', { class: 'tile', href: '#/' + api.path(item.key) + '?w=' + first(config) },
    h('span', { class: 'frame' }, img),
    h('span', { class: 'caption' },
      h('span', { class: 'name', title: item.key }, cut > 0 && h('i', {}, item.key.slice(0, cut)), item.key.slice(cut)),
      h('span', { class: 'num' }, bytes(item.bytes)))));
}
