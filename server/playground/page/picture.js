// One picture: what is asked of it, and all that follows.

import { h, later } from './dom.js';
import * as api from './api.js';
import { query, url } from './grammar.js';
import { stage } from './stage.js';
import { controls } from './controls.js';
import { facts, original } from './facts.js';
import { weights } from './weights.js';
import { chart } from './chart.js';
import { snippets } from './snippets.js';

// picture fills a place, and returns how to leave it; leave.update takes other parameters of the same picture.
export function picture(place, config, key, params) {
  const gone = new AbortController();
  let parts, loading;
  const root = h('div', { class: 'picture' }, h('p', { class: 'empty busy', role: 'status' }, 'Reading ' + key + ' …'));
  place.append(root);

  // set changes some parameters; an empty one goes.
  function set(changes) {
    const next = { ...params, ...changes };
    for (const name of Object.keys(next)) if (next[name] === '' || next[name] === null || next[name] === undefined) delete next[name];
    if (query(next) === query(params)) return;
    params = next;
    history.replaceState(null, '', '#/' + api.path(key) + (query(params) && '?' + query(params)));
    show();
  }

  function show() {
    for (const part of parts) part.show?.(params);
    loading?.abort();
    loadSoon();
  }

  const loadSoon = later(140, async () => {
    if (gone.signal.aborted) return;
    loading = new AbortController();
    const { signal } = loading;
    for (const part of parts) part.busy?.(true);
    try {
      const result = await api.load(url(key, params), signal);
      if (!signal.aborted && !gone.signal.aborted) for (const part of parts) part.loaded?.(result, params);
    } catch (err) {
      if (!signal.aborted && !gone.signal.aborted) for (const part of parts) part.failed?.(err);
    } finally {
      if (!signal.aborted) for (const part of parts) part.busy?.(false);
    }
  });

  api.info(key, gone.signal).then((info) => {
    const about = { config, key, info, set, gone: gone.signal };
    const [view, told, knobs, bars, ladder, code] = [stage(about), facts(about), controls(about), weights(about), chart(about), snippets(about)];
    parts = [view, told, knobs, bars, ladder, code];
    root.replaceChildren(
      h('div', { class: 'desk' }, view.element, told.element, bars.element, ladder.element, code.element, original(about)),
      knobs.element);
    show();
  }).catch((err) => {
    if (!gone.signal.aborted) root.replaceChildren(h('p', { class: 'empty', role: 'alert' }, key + ': ' + err.message));
  });

  const leave = () => {
    gone.abort();
    loading?.abort();
    for (const part of parts ?? []) part.leave?.();
  };
  leave.update = (other) => {
    params = other;
    if (parts) show();
  };
  return leave;
}
