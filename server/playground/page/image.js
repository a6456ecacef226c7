// The view of one image: it holds the parameters, loads the variant when they change, and passes both to its parts.

import { h, later } from './dom.js';
import * as api from './api.js';
import { query, url } from './grammar.js';
import { urlBar } from './urlbar.js';
import { stage } from './stage.js';
import { controls } from './controls.js';
import { facts, original } from './facts.js';
import { weights } from './weights.js';
import { chart } from './chart.js';
import { snippets } from './snippets.js';
import { scorer } from './score.js';

const pause = () => new Promise((resume) => setTimeout(resume));
const draftWait = 2000, stoppedWait = 1500; // milliseconds until the server is asked again

// imageView fills a container and returns the function that leaves the view. Its property update is a function that takes
// other parameters of the same image, and escape leaves a tool and reports whether there was one to leave.
export function imageView(container, config, key, params) {
  const closed = new AbortController();
  let parts, view, loading, objectURL, waiting, answered;
  // The first variant is requested at once, beside the facts about the original that the rest of the view needs.
  let early = { url: url(key, params), result: api.load(url(key, params), closed.signal) };
  early.result.catch(() => {}); // load reports it
  const root = h('div', { class: 'image-view' }, h('p', { class: 'empty busy', role: 'status' }, 'Reading ' + key + ' …'));
  container.append(root);

  const past = [], future = [];
  const history = {
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo: () => step(past, future),
    redo: () => step(future, past),
    again: () => { api.forget(); show(); },
  };
  function step(from, to) {
    if (from.length === 0) return;
    to.push(params);
    apply(from.pop());
  }

  // set changes some parameters. An empty value removes one. Changes in quick succession to the same parameters, as by a
  // slider, are undone as one.
  let lastNames = '', lastAt = 0;
  function set(changes) {
    const names = Object.keys(changes).join(), isSame = names === lastNames && performance.now() - lastAt < 800;
    const next = { ...params };
    for (const [name, value] of Object.entries(changes)) next[name] = value === null || value === undefined ? '' : String(value);
    [lastNames, lastAt] = [names, performance.now()];
    replace(next, isSame);
  }

  function replace(next, isSame) {
    next = Object.fromEntries(Object.entries(next).filter(([, v]) => v !== ''));
    if (query(next) === query(params)) return;
    if (!isSame) past.push(params);
    if (past.length > 200) past.shift();
    future.length = 0;
    apply(next);
  }

  function apply(next) {
    params = next;
    window.history.replaceState(null, '', '#/' + api.path(key) + (query(params) && '?' + query(params)));
    show();
  }

  function show(load = loadSoon) {
    for (const part of parts) part.show?.(params);
    loading?.abort();
    clearTimeout(waiting);
    load();
  }

  const loadSoon = later(140, load);
  async function load() {
    if (closed.signal.aborted) return;
    loading = new AbortController();
    const { signal } = loading;
    const isCurrent = () => !signal.aborted && !closed.signal.aborted;
    for (const part of parts) part.busy?.(true, params);
    try {
      const asked = url(key, params), answer = early?.url === asked ? early.result : api.load(asked, signal);
      early = null;
      const result = await answer;
      if (!isCurrent()) return;
      const old = objectURL;
      result.objectURL = objectURL = URL.createObjectURL(result.blob);
      answered = [result, params];
      for (const part of parts) part.loaded?.(...answered);
      if (old && !view.uses(old)) URL.revokeObjectURL(old);
      if (result.isBrief && config.drafts) waiting = setTimeout(load, draftWait);
    } catch (err) {
      if (!isCurrent()) return;
      for (const part of parts) part.failed?.(err);
      if (err.retry) waiting = setTimeout(load, err.retry === true ? stoppedWait : err.retry);
    } finally {
      if (!signal.aborted) for (const part of parts) part.busy?.(false, params);
    }
  }

  function keys(e) {
    if (!(e.ctrlKey || e.metaKey) || e.target.closest('input:not([type=range]), textarea')) return;
    if (e.key.toLowerCase() === 'z') e.shiftKey ? history.redo() : history.undo();
    else if (e.key.toLowerCase() === 'y') history.redo();
    else return;
    e.preventDefault();
  }
  addEventListener('keydown', keys);

  // begin shows the image and its URL first, and the rest in tasks of their own, so that the page answers meanwhile.
  async function begin(info) {
    const context = { config, key, info, set, replace, history, closed: closed.signal };
    const bar = urlBar(context), desk = h('div', { class: 'desk' });
    view = stage(context);
    parts = [bar, view];
    root.replaceChildren(h('h1', { class: 'hidden' }, key), bar.element, view.element);
    show(load);
    await pause();
    if (closed.signal.aborted) return;
    const parameters = controls(context), answer = facts(context);
    root.append(parameters.element, desk);
    desk.append(answer.element);
    add(parameters, answer, scorer({ ...context, shows: [view, answer] }));
    await pause();
    if (closed.signal.aborted) return;
    const late = [weights(context), chart(context), snippets(context)];
    desk.append(...late.map((part) => part.element), original(context));
    add(...late);
  }

  function add(...more) {
    for (const part of more) {
      parts.push(part);
      part.show?.(params);
      if (answered) part.loaded?.(...answered);
    }
  }

  async function open() {
    try {
      const info = await api.info(key, closed.signal);
      if (!closed.signal.aborted) begin(info);
    } catch (err) {
      if (closed.signal.aborted) return;
      root.replaceChildren(h('div', { class: 'empty', role: 'alert' }, h('h1', {}, 'No image to show'),
        h('p', {}, `${key}: ${err.message}`), h('a', { class: 'button', href: '#/' }, 'All images')));
      if (err.retry) waiting = setTimeout(open, stoppedWait);
    }
  }
  open();

  const leave = () => {
    closed.abort();
    loading?.abort();
    clearTimeout(waiting);
    removeEventListener('keydown', keys);
    for (const part of parts ?? []) part.leave?.();
    if (objectURL) URL.revokeObjectURL(objectURL);
  };
  leave.update = (next) => {
    if (query(next) === query(params)) return;
    past.push(params);
    params = next;
    if (parts) show();
  };
  leave.escape = () => view?.escape() ?? false;
  return leave;
}
