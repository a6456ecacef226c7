// The gallery of all originals. It loads the next page when the end of the list comes into view.

import { bytes, h } from './dom.js';
import * as api from './api.js';
import { first, url } from './grammar.js';

const firstTiles = 6; // that are in view on a phone, and the first rows elsewhere

// The gallery that was left last is shown again where it was, with what it had loaded.
let last;

// gallery fills a container and returns the function that leaves it.
export function gallery(container, config, search) {
  const { root, watch } = last?.search === search ? last : last = { search, scroll: stored(search).scroll, ...open(config, search) };
  container.append(root);
  window.scrollTo(0, last.scroll);
  watch();
  const keep = () => {
    if (!root.isConnected) return;
    last.scroll = window.scrollY;
    sessionStorage.setItem('gallery', JSON.stringify({ search, scroll: last.scroll, seen: root.querySelectorAll('.tile').length }));
  };
  addEventListener('pagehide', keep);
  addEventListener('scrollend', keep);
  return () => {
    keep();
    removeEventListener('pagehide', keep);
    removeEventListener('scrollend', keep);
  };
}

// stored returns where the gallery of a search was when the page was left, as by a reload.
function stored(search) {
  try {
    const kept = JSON.parse(sessionStorage.getItem('gallery'));
    if (kept?.search === search) return kept;
  } catch { /* as if there were none */ }
  return { scroll: 0, seen: 0 };
}

function open(config, search) {
  const grid = h('ul', { class: 'grid' });
  const end = h('div', { class: 'end' });
  const count = h('p', { class: 'count', role: 'status' });
  const folders = h('nav', { class: 'folders', 'aria-label': 'Folders' });
  const root = h('div', {}, h('h1', { class: 'hidden' }, 'Images in ' + config.name), folders, count, grid, end);
  const kept = stored(search);

  // A search that ends in a slash is for a folder, any other for a word anywhere in the key.
  const query = search.endsWith('/') ? { prefix: search } : { q: search };
  let after = '', busy = false, done = false, seen = 0, total;

  async function loadMore() {
    if (busy || done) return;
    busy = true;
    end.classList.add('busy');
    try {
      const page = await api.keys({ ...query, after });
      grid.append(...page.items.map((item, i) => tile(config, item, query.prefix ?? '', seen + i < firstTiles)));
      seen += page.items.length;
      after = page.next;
      done = !page.next;
      if (done) total = { images: seen };
      say();
      if (seen === 0 && done) grid.replaceWith(nothing(search));
      if (seen < kept.seen && !done) queueMicrotask(loadMore);
      else if (kept.scroll) {
        window.scrollTo(0, kept.scroll);
        kept.scroll = 0;
      }
    } catch (err) {
      done = !err.retry;
      end.replaceChildren(h('p', { class: 'empty', role: 'alert' }, err.message));
      if (err.retry) setTimeout(() => { end.replaceChildren(); loadMore(); }, 1500);
    } finally {
      busy = false;
      end.classList.remove('busy');
    }
    watch();
  }

  function say() {
    const all = total ? `${total.images.toLocaleString('en')}${total.more ? '+' : ''}` : `${seen}+`;
    count.textContent = seen === 0 && done ? '' : `${all} image${all === '1' ? '' : 's'}${search && (query.prefix ? ` in ${search}` : ` for “${search}”`)}`;
  }

  async function summarize() {
    try {
      const found = await api.summary(query);
      if (!done) total = { images: found.images, more: found.more };
      say();
      folders.replaceChildren(...found.folders.map((f) => h('a', { href: '#/?q=' + encodeURIComponent(f.prefix) },
        h('span', {}, f.prefix.split('/').at(-2) + '/'), h('span', { class: 'num' }, f.images.toLocaleString('en') + (f.more ? '+' : '')))));
    } catch { /* the list says what is wrong */ }
  }
  summarize();

  const observer = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && loadMore(), { rootMargin: '800px' });
  // The observer reports an element that it starts to observe, even if it never left the view.
  function watch() {
    observer.unobserve(end);
    if (!done) observer.observe(end);
  }
  return { root, watch };
}

const nothing = (search) => h('div', { class: 'empty' },
  h('p', {}, search ? `No image for “${search}”.` : 'No images here yet.'),
  h('p', {}, search ? 'A search finds a word anywhere in the key, or a folder if it ends in a slash.' : 'Put some into the folder, or drop one onto this page.'));

// Formats that browsers don't show themselves, by the extension.
const converted = { heic: 'image/heic', heif: 'image/heic', tif: 'image/tiff', tiff: 'image/tiff', jxl: 'image/jxl', jp2: 'image/jp2', psd: 'image/vnd.adobe.photoshop' };

function tile(config, item, folder, isFirst) {
  const cut = item.key.lastIndexOf('/') + 1, within = item.key.startsWith(folder) ? folder.length : 0, ext = /\.([^./]+)$/.exec(item.key)?.[1].toLowerCase() ?? '';
  const decoder = config.decoders?.[converted[ext]];
  const source = url(item.key, { w: 480, h: 360, fit: 'cover' });
  const frame = h('span', { class: 'frame', 'data-format': ext.toUpperCase() });
  frame.append(h('img', {
    src: source, width: 480, height: 360, loading: isFirst ? 'eager' : 'lazy', decoding: 'async', alt: '',
    onload: (e) => e.target.classList.add('here'),
    onerror: (e) => broken(e.target, source, ext, decoder),
  }));
  if (converted[ext]) frame.append(h('span', { class: 'badge' }, `${ext.toUpperCase()}${decoder ? `, read by ${decoder}` : ''}`));
  return h('li', {}, h('a', { class: 'tile', href: '#/' + api.path(item.key) + '?w=' + first(config) }, frame,
    h('span', { class: 'caption' },
      h('span', { class: 'name', title: item.key }, cut > within && h('i', {}, item.key.slice(within, cut)), h('span', {}, item.key.slice(cut))),
      h('span', { class: 'num' }, bytes(item.bytes)))));
}

// broken says in place of an image why there is none.
async function broken(img, source, ext, decoder) {
  const reason = h('span', {}, '…');
  img.replaceWith(h('span', { class: 'broken' }, h('b', {}, ext.toUpperCase() || 'No image'), reason));
  try {
    await api.load(source);
    reason.textContent = decoder ? `read by ${decoder}, but this browser can't show the result` : "this browser can't show it";
  } catch (err) {
    reason.textContent = err.message;
  }
}
