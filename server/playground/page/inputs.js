// The kinds of controls that parameters have: sliders, choices, fields, colours and switches.

import { clamp, h, roving } from './dom.js';

// inputs returns functions that make controls. get returns the current parameters and set changes some; show brings all
// controls up to date.
export function inputs(get, set) {
  const shows = [];
  const watch = (f) => { shows.push(f); };

  // row returns a labelled control. off returns the reason why it can't be used now, or nothing; note is what else there is
  // to say, in the same place.
  function row(name, title, body, off, note) {
    const why = h('small', { class: 'why' });
    const element = h('div', { class: 'row', 'data-param': name }, h('div', { class: 'label' }, h('span', {}, title), h('code', {}, name)), body, why);
    watch(() => {
      const reason = off?.() ?? '';
      element.classList.toggle('off', Boolean(reason));
      why.textContent = (reason || note?.(name) || '').trim();
      for (const input of element.querySelectorAll('input, button')) if (!input.dataset.signed) input.disabled = Boolean(reason);
    });
    return element;
  }

  // number returns a slider with a field beside it. With a curve above 1, the slider has more room for small values.
  function number(name, title, { lo, hi, step = 1, absent, at = Number(absent), curve = 1, max = hi }) {
    const to = (v) => Math.round(1000 * ((v - lo) / (max - lo)) ** (1 / curve));
    const others = name === 'fp-x' || name === 'fp-y' ? { crop: '' } : {}; // a focal point and an anchor exclude each other
    const from = (t) => lo + (max - lo) * (t / 1000) ** curve;
    const round = (v) => Number((Math.round(v / step) * step).toFixed(3));
    const slider = h('input', { type: 'range', min: 0, max: 1000, 'aria-label': title, oninput: (e) => set({ ...others, [name]: round(from(e.target.value)) }) });
    const field = h('input', {
      type: 'number', min: lo, max: hi, step, placeholder: absent, 'aria-label': `${title}: ${name}`, id: 'param-' + name,
      onchange: (e) => set({ ...others, [name]: e.target.value }),
    });
    const clear = h('button', { type: 'button', class: 'clear', title: 'Leave out', 'aria-label': `Leave out ${name}`, onclick: () => set({ [name]: '' }) }, '×');
    watch(() => {
      const v = get()[name];
      if (document.activeElement !== field || field.value === '') field.value = v ?? '';
      const x = Number(v ?? at);
      slider.value = to(clamp(Number.isNaN(x) ? at : x, lo, max)); // q can be a word
      slider.setAttribute('aria-valuetext', v ?? absent);
      slider.classList.toggle('absent', v === undefined);
      clear.hidden = v === undefined;
    });
    return h('div', { class: 'number' }, slider, field, clear);
  }

  // text returns a field for a value as it is in the URL.
  function text(name, title = name, placeholder = '') {
    const field = h('input', {
      type: 'text', id: 'param-' + name, placeholder, 'aria-label': title === name ? name : `${title}: ${name}`, spellcheck: 'false', autocomplete: 'off',
      onchange: (e) => set({ [name]: e.target.value.replace(/\s/g, '') }),
    });
    watch(() => { if (document.activeElement !== field) field.value = get()[name] ?? ''; });
    return field;
  }

  // color returns a field for a colour. Colours with alpha can be written beside the browser's own chooser.
  function color(name, title, absent = '') {
    const well = h('input', { type: 'color', 'aria-label': title, oninput: (e) => set({ [name]: e.target.value.slice(1) }) });
    const field = text(name, title, absent || 'none');
    watch(() => {
      const hex = /^([0-9a-f]{6})/i.exec(get()[name] ?? absent);
      well.value = '#' + (hex ? hex[1].toLowerCase() : 'ffffff');
    });
    const clear = h('button', { type: 'button', class: 'clear', title: 'Leave out', 'aria-label': `Leave out ${name}`, onclick: () => set({ [name]: '' }) }, '×');
    watch(() => { clear.hidden = get()[name] === undefined; });
    return h('div', { class: 'pair clearable' }, well, field, clear);
  }

  // choice returns a row of buttons, one of which is pressed. The first option is the default, for which the parameter is
  // left out of the URL.
  function choice(name, title, options, pressed = () => get()[name]) {
    const pick = (value) => set(name === 'crop' ? { crop: value === 'center' ? '' : value, 'fp-x': '', 'fp-y': '' } : { [name]: value === options[0].value ? '' : value });
    const buttons = options.map(({ value, text: label, tip, needs }) => h('button', {
      type: 'button', title: tip, 'aria-label': tip && typeof label !== 'string' && !Array.isArray(label) ? tip : undefined, 'data-value': value,
      disabled: needs, 'data-signed': needs, onclick: () => pick(value),
    }, label));
    watch(() => {
      for (const b of buttons) b.setAttribute('aria-pressed', b.dataset.value === (pressed() ?? String(options[0].value)));
    });
    return roving(h('div', { class: 'segments', role: 'group', 'aria-label': title }, buttons));
  }

  return { row, number, text, color, choice, watch, show: () => { for (const f of shows) f(); } };
}

// generic returns the control for a parameter whose values the server describes in words.
export function generic(kit, { name, takes }, title) {
  const range = /^a (whole )?number (-?[\d.]+)…([\d.]+)$/.exec(takes);
  if (range) {
    const [lo, hi] = [Number(range[2]), Number(range[3])], absent = lo <= 0 ? '0' : 'none';
    return kit.number(name, title, { lo, hi, step: range[1] ? 1 : 0.1, absent, at: Math.max(lo, 0), curve: hi >= 500 ? 2.5 : lo > 0 && hi >= 50 ? 2 : 1 });
  }
  if (/^true or false/.test(takes)) return kit.choice(name, title, [{ value: 'false', text: 'No' }, { value: 'true', text: 'Yes' }]);
  if (/^rrggbb/.test(takes)) return kit.color(name, title);
  const words = takes.split(/, | or /);
  if (words.length < 5 && words.every((w) => /^[a-z0-9-]+$/.test(w))) {
    return kit.choice(name, title, [{ value: '', text: 'No' }, ...words.map((value) => ({ value, text: value }))]);
  }
  return kit.text(name, title, takes);
}
