// The view of one image: it holds the parameters, loads the variant when they change, and passes both to its parts.

import { h, later } from './dom.js';
import * as api from './api.js';
import { query, url } from './grammar.js';
import { stage } from './stage.js';
import { controls } from './controls.js';
import { facts, original } from './facts.js';
import { weights } from './weights.js';
import { chart } from './chart.js';
import { snippets } from './snippets.js';

// imageView fills a container and returns the function that leaves the view. Its property update is a function that takes
// other parameters of the same image.
export function imageView(container, config, key, params) {
  const closed = new AbortController();
  let parts, loading;
  const root = h('div', { class: 'image-view' }, h('p', { class: 'empty busy', role: 'status' }, 'Reading ' + key + ' …'));
  container.append(root);

  // set changes some parameters. An empty value removes one.
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
    if (closed.signal.aborted) return;
    loading = new AbortController();
    const { signal } = loading;
    for (const part of parts) part.busy?.(true);
    try {
      const result = await api.load(url(key, params), signal);
      if (!signal.aborted && !closed.signal.aborted) for (const part of parts) part.loaded?.(result, params);
    } catch (err) {
      if (!signal.aborted && !closed.signal.aborted) for (const part of parts) part.failed?.(err);
    } finally {
      if (!signal.aborted) for (const part of parts) part.busy?.(false);
    }
  });

  api.info(key, closed.signal).then((info) => {
    const context = { config, key, info, set, closed: closed.signal };
    const [view, answer, parameters] = [stage(context), facts(context), controls(context)];
    const [formats, ladder, code] = [weights(context), chart(context), snippets(context)];
    parts = [view, answer, parameters, formats, ladder, code];
    root.replaceChildren(
      h('div', { class: 'desk' }, view.element, answer.element, formats.element, ladder.element, code.element, original(context)),
      parameters.element);
    show();
  }).catch((err) => {
    if (!closed.signal.aborted) root.replaceChildren(h('p', { class: 'empty', role: 'alert' }, key + ': ' + err.message));
  });

  const leave = () => {
    closed.abort();
    loading?.abort();
    for (const part of parts ?? []) part.leave?.();
  };
  leave.update = (other) => {
    params = other;
    if (parts) show();
  };
  return leave;
}
