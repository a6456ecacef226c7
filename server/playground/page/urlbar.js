// The URL of the variant, to edit and to copy, with what can be done with it beside.

import { path } from './api.js';
import { copy, h, icon, later } from './dom.js';
import { isKnown, needsSignature, read, url } from './grammar.js';

const glyphs = {
  undo: 'M7 4 3.5 7.5 7 11M4 7.5h8a4.5 4.5 0 0 1 0 9H8', redo: 'm13 4 3.5 3.5L13 11M16 7.5H8a4.5 4.5 0 0 0 0 9h4',
  open: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7', download: 'M10 3v9M6 8.5l4 4 4-4M4 16.5h12', sign: 'M3 16c3-1 3-9 5.5-9s-1 7 1.5 7 1.5-4 3-4 .5 3 4 2',
};

export function urlBar({ config, key, replace, history }) {
  let params = {}, shown = '';
  const paint = h('div', { class: 'paint', 'aria-hidden': 'true' });
  const field = h('textarea', {
    id: 'url', rows: 1, spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', 'aria-label': 'URL of the variant: change it and press Enter',
    oninput: () => { color(field.value); soon(); }, onblur: () => { take(); show(params); },
    onkeydown: (e) => {
      if (e.key === 'Enter') { e.preventDefault(); take(); }
      if (e.key === 'Escape') { e.stopPropagation(); field.blur(); }
    },
  });
  const note = h('p', { class: 'note', role: 'status', id: 'ignored', hidden: true });
  const tool = (name, title, onclick) => h('button', { type: 'button', class: 'button icon', id: name, title, 'aria-label': title, onclick }, icon(glyphs[name]));
  const undo = tool('undo', 'Undo (Ctrl+Z)', history.undo), redo = tool('redo', 'Redo (Ctrl+Shift+Z)', history.redo);
  const open = h('a', { class: 'button icon', id: 'open-url', target: '_blank', rel: 'noopener', title: 'Open in a tab', 'aria-label': 'Open in a tab' }, icon(glyphs.open));
  const save = h('a', { class: 'button icon', id: 'download', title: 'Download', 'aria-label': 'Download' }, icon(glyphs.download));
  const sign = config.signing && h('button', {
    type: 'button', class: 'button', id: 'sign', 'aria-pressed': 'false', title: 'Sign URLs with the key of this server',
    onclick: () => { config.signing.on = !config.signing.on; sign.setAttribute('aria-pressed', config.signing.on); history.again(); },
  }, icon(glyphs.sign), 'Sign');
  const element = h('section', { class: 'url-bar', 'aria-label': 'URL' },
    h('div', { class: 'url-row' },
      h('button', { type: 'button', class: 'button primary', id: 'copy-url', onclick: () => copy(location.origin + (config.signing?.on ? shown : url(key, params))) }, 'Copy'),
      h('div', { class: 'url' }, paint, field),
      h('div', { class: 'url-tools' }, sign, undo, redo, open, save)),
    note);

  // color draws a text of the field again in the colours of its parts, under it.
  function color(text) {
    const [address, query] = text.split(/\?(.*)/s);
    const parts = [h('span', { class: 'at' }, address.replace(/[^/]*$/, '')), h('span', { class: 'file' }, address.replace(/^.*\//, ''))];
    if (query !== undefined) parts.push(h('i', {}, '?'));
    for (const [i, pair] of (query ?? '').split('&').entries()) {
      const [name, value] = pair.split(/=(.*)/s);
      const own = read(pair), kind = name && !isKnown(name) && !['s', 'expires'].includes(name) ? 'unknown' : needsSignature(own, Object.keys(own)[0]) ? 'signed' : '';
      parts.push(i > 0 && h('i', {}, '&'), h('b', { class: kind }, name), value !== undefined && h('i', {}, '='), value ?? '');
    }
    paint.replaceChildren(...parts.filter(Boolean));
  }

  // take makes the text of the field the URL. An address of another image opens it, unless it may still be being typed.
  function take(isTyping) {
    const [address, query = ''] = field.value.trim().replace(/\s/g, '').replace(/^https?:\/\/[^/]*/, '').split(/\?(.*)/s);
    const named = address.replace(/^\/img\//, '');
    const asked = read(query.replace(/(^|&)(s|expires)=[^&]*/g, ''));
    if (named && named !== path(key) && named !== key) {
      if (!isTyping) location.hash = '#/' + named + '?' + query;
      return;
    }
    if (named) replace(asked);
  }
  const soon = later(500, () => { if (document.activeElement === field) take(true); });

  function show(next) {
    params = next;
    undo.disabled = !history.canUndo();
    redo.disabled = !history.canRedo();
    if (document.activeElement === field) return;
    field.value = url(key, params);
    color(field.value);
  }

  return {
    element,
    show,
    loaded(result) {
      shown = result.url;
      open.href = result.url;
      save.href = result.objectURL;
      save.download = key.split('/').pop().replace(/\.[^.]*$/, '') + '.' + (result.type ?? '').replace(/^image\//, '').replace('jpeg', 'jpg');
      note.textContent = [result.ignored && `The server ignores ${result.ignored}.`, result.note && `The server notes: ${result.note}.`].filter(Boolean).join(' ');
      note.hidden = !note.textContent;
    },
  };
}
