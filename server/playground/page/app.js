// The frame of the page: it shows the gallery or an image, and handles the search, the theme and dropped files.

import { $, h, icon, later, toast } from './dom.js';
import * as api from './api.js';
import { first, read, useParameters, usePresets } from './grammar.js';
import { gallery } from './gallery.js';
import { imageView } from './image.js';

const config = await api.config().catch((err) => {
  $('main').replaceChildren(h('p', { class: 'empty', role: 'alert' }, err.message));
  setTimeout(() => location.reload(), 3000);
  throw err;
});
usePresets(config.presets);
useParameters(config.parameters);
config.signing = config.sign ? api.signing : null;
let leave = () => {};
let shown; // key of the image, null for the gallery

// route shows what the fragment of the address names: an image by its key, with its parameters, or the gallery with a search,
// #/?q=cat.
function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  let key;
  try {
    key = decodeURIComponent(path);
  } catch {
    key = path;
  }
  if (key && key === shown && leave.update) return leave.update(read(query));
  leave();
  shown = key || null;
  document.body.className = key ? 'in-image' : 'in-gallery';
  document.title = (key ? key.split('/').pop() : config.name) + ' · imgorigin';
  $('main').replaceChildren();
  if (key) {
    $('skip').textContent = 'Skip to the parameters';
    window.scrollTo(0, 0);
    leave = imageView($('main'), config, key, read(query));
  } else {
    $('skip').textContent = 'Skip to the images';
    const text = new URLSearchParams(query).get('q') ?? '';
    if (document.activeElement !== $('search')) $('search').value = text;
    leave = gallery($('main'), config, text);
  }
  crumbs(key ?? '');
}

const galleryOf = (text) => '#/' + (text && '?q=' + encodeURIComponent(text));

// crumbs shows the way to an image, or to the folder that the gallery shows.
function crumbs(key) {
  const text = $('search').value, parts = (key || (text.endsWith('/') ? text : '')).split('/');
  const links = parts.slice(0, -1).map((part, i) => [h('span', {}, '/'), h('a', { href: galleryOf(parts.slice(0, i + 1).join('/') + '/') }, part)]);
  $('crumbs').replaceChildren(h('a', { href: galleryOf('') }, config.name), ...links.flat(), ...(key ? [h('span', {}, '/'), h('b', {}, parts.at(-1))] : []));
}

const search = later(180, () => {
  const address = galleryOf($('search').value);
  if (shown) location.hash = address;
  else if (location.hash !== address) {
    history.replaceState(null, '', address);
    route();
  }
});
$('search').addEventListener('input', search);
if (matchMedia('(max-width: 640px)').matches) $('search').placeholder = 'Search';
$('skip').addEventListener('click', () => document.querySelector('.controls button, .tile')?.focus());
addEventListener('hashchange', route);
addEventListener('keydown', (e) => {
  if (e.key === 'Escape' && shown && !e.target.closest('textarea')) {
    if (!leave.escape()) location.hash = galleryOf($('search').value);
    return;
  }
  if (e.target.closest('input, textarea, select') || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === '/') {
    e.preventDefault();
    $('search').focus(); // at once, so that the next key goes to the search; preventDefault keeps this one out of it
    if (shown) location.hash = galleryOf($('search').value);
  }
});

// Three themes: the system's, light and dark.
const themes = [
  ['', 'System theme', 'M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14'],
  ['light', 'Light', 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16'],
  ['dark', 'Dark', 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z'],
];
let theme = Math.max(0, themes.findIndex(([name]) => name === localStorage.getItem('theme')));
function applyTheme() {
  const [name, title, glyph] = themes[theme];
  document.documentElement.dataset.theme = name;
  $('theme').replaceChildren(icon(glyph));
  $('theme').title = title;
  $('theme').setAttribute('aria-label', title);
}
$('theme').addEventListener('click', () => {
  theme = (theme + 1) % themes.length;
  localStorage.setItem('theme', themes[theme][0]);
  applyTheme();
});

// tryFile uploads an image that the user dropped onto the page or chose, and shows it.
async function tryFile(file) {
  if (!file) return;
  if (file.size > config.drop) return toast('That image is too large');
  try {
    toast('Reading ' + file.name + ' …');
    const { key } = await api.drop(file);
    location.hash = '#/' + api.path(key) + '?w=' + first(config);
  } catch (err) {
    toast(err.message);
  }
}
if (config.drop) {
  $('open').hidden = false;
  $('file').addEventListener('change', (e) => tryFile(e.target.files[0]));
  const veil = (on) => { $('veil').hidden = !on; };
  const isFile = (e) => e.dataTransfer?.types.includes('Files');
  addEventListener('dragover', (e) => {
    if (!isFile(e)) return;
    e.preventDefault();
    veil(true);
  });
  addEventListener('dragleave', (e) => { if (!e.relatedTarget) veil(false); });
  addEventListener('drop', (e) => {
    if (!isFile(e)) return;
    e.preventDefault();
    veil(false);
    tryFile(e.dataTransfer.files[0]);
  });
}

// What is pasted is an image to try, or the URL of one to show.
addEventListener('paste', (e) => {
  if (e.target.closest('input, textarea')) return;
  const file = [...(e.clipboardData?.files ?? [])].find((f) => f.type.startsWith('image/'));
  const url = e.clipboardData?.getData('text/plain').match(/\/img\/(\S+)$/);
  if (file && config.drop) tryFile(file);
  else if (url) location.hash = '#/' + url[1];
});

applyTheme();
route();
