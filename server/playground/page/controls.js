// A control for every parameter of the URL.

import { clamp, h, s } from './dom.js';
import { anchors, first, isCorner, isSmart, names, needSignature, snapped } from './grammar.js';

const fits = [
  ['inside', 'Whole image, no larger than the box', [4, 6.5, 12, 7]],
  ['cover', 'Fills the box; the rest is cropped', [1, 3, 18, 14]],
  ['contain', 'Whole image on a canvas of the box', [3, 6.5, 14, 7]],
  ['fill', 'Stretched to the box', [3, 3, 14, 14]],
  ['outside', 'Whole image, no smaller than the box', [0.8, 3, 18.4, 14]],
];

export function controls({ config, info, set }) {
  let params = {};
  const shows = []; // functions that bring the controls up to date
  const signed = !config.exact;

  // row returns a labelled control. off returns the reason why it can't be used now, or nothing.
  function row(name, title, body, off) {
    const why = h('small', { class: 'why' });
    const element = h('div', { class: 'row', 'data-param': name }, h('div', { class: 'label' }, h('span', {}, title), h('code', {}, name)), body, why);
    shows.push(() => {
      const reason = off?.() ?? '';
      element.classList.toggle('off', Boolean(reason));
      why.textContent = reason.trim();
      for (const input of element.querySelectorAll('input, button')) if (!input.dataset.signed) input.disabled = Boolean(reason);
    });
    return element;
  }

  // number returns a slider with a field beside it. With a curve above 1, the slider has more room for small values.
  function number(name, title, { lo, hi, step = 1, absent, at = Number(absent), curve = 1, max = hi }) {
    const to = (v) => Math.round(1000 * ((v - lo) / (max - lo)) ** (1 / curve));
    const others = name.startsWith('fp') ? { crop: '' } : {}; // a focal point and an anchor exclude each other
    const from = (t) => lo + (max - lo) * (t / 1000) ** curve;
    const round = (v) => Number((Math.round(v / step) * step).toFixed(3));
    const slider = h('input', { type: 'range', min: 0, max: 1000, 'aria-label': title, oninput: (e) => set({ ...others, [name]: round(from(e.target.value)) }) });
    const field = h('input', {
      type: 'number', min: lo, max: hi, step, placeholder: absent, 'aria-label': `${title}: ${name}`, id: 'param-' + name,
      onchange: (e) => set({ ...others, [name]: e.target.value }),
    });
    const clear = h('button', { type: 'button', class: 'clear', title: 'Leave out', 'aria-label': `Leave out ${name}`, onclick: () => set({ [name]: '' }) }, '×');
    shows.push(() => {
      const v = params[name];
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
  function text(name) {
    const field = h('input', { type: 'text', id: 'param-' + name, 'aria-label': name, spellcheck: 'false', onchange: (e) => set({ [name]: e.target.value.trim() }) });
    shows.push(() => { if (document.activeElement !== field) field.value = params[name] ?? ''; });
    return field;
  }

  // choice returns a row of buttons, one of which is pressed. The first option is the default, for which the parameter is
  // left out of the URL.
  function choice(name, title, options, pressed = () => params[name]) {
    const buttons = options.map(({ value, text, tip, needs }) => h('button', {
      type: 'button', title: tip, 'aria-label': tip && typeof text !== 'string' ? tip : undefined, 'data-value': value,
      disabled: needs, 'data-signed': needs, onclick: () => pick(value),
    }, text));
    const pick = (value) => set(name === 'crop' ? { crop: value === 'center' ? '' : value, 'fp-x': '', 'fp-y': '' } : { [name]: value === options[0].value ? '' : value });
    shows.push(() => {
      for (const b of buttons) b.setAttribute('aria-pressed', b.dataset.value === (pressed() ?? String(options[0].value)));
    });
    return h('div', { class: 'segments', role: 'group', 'aria-label': title }, buttons);
  }

  const most = Math.max(info.displayed.width, info.displayed.height);
  const boxed = () => (params.w && params.h ? '' : 'needs both a width and a height');
  const isCover = () => boxed() || (params.fit === 'cover' ? '' : 'with fit=cover');
  const unsigned = () => (signed ? 'this server requires a signed URL for it' : '');
  const side = { lo: 1, hi: config.maxSide, max: Math.min(config.maxSide, most), curve: 1.6, absent: 'auto', at: most };

  const fitButtons = choice('fit', 'Fit', fits.map(([value, tip, r]) => ({ value, tip, text: fitGlyph(value, r) })));
  const cropGrid = h('div', { class: 'crop' },
    choice('crop', 'Anchor', ['center', ...anchors.filter((a) => a !== 'center')].map((value) => ({
      value, tip: value, text: s('svg', { viewBox: '0 0 8 8', width: 8, height: 8, 'aria-hidden': 'true' }, s('circle', { cx: 4, cy: 4, r: 2.5 })), needs: signed && isCorner(value),
    })), () => (params['fp-x'] !== undefined || params['fp-y'] !== undefined ? 'none' : params.crop)),
    choice('crop', 'Smart', [{ value: 'smart', text: 'Smart', tip: 'The most interesting part' },
      { value: 'faces', text: 'Faces', tip: 'As Smart, but what is above counts more' }],
    () => (isSmart(params.crop) ? params.crop : 'none')));
  const rect = h('input', {
    type: 'text', id: 'param-rect', placeholder: 'x,y,w,h: the whole image', 'aria-label': 'Crop rectangle: rect', spellcheck: 'false',
    onchange: (e) => set({ rect: e.target.value.replace(/\s/g, '') }),
  });
  const bg = h('input', { type: 'color', id: 'param-bg', 'aria-label': 'Background: bg', oninput: (e) => set({ bg: e.target.value === '#ffffff' ? '' : e.target.value.slice(1) }) });
  shows.push(() => {
    if (document.activeElement !== rect) rect.value = params.rect ?? '';
    bg.value = '#' + (params.bg ?? 'ffffff').padEnd(6, '0');
  });
  const clearRect = h('button', { type: 'button', class: 'quiet', onclick: () => set({ rect: '' }) }, 'Whole image');

  const presets = h('div', { class: 'segments', role: 'group', 'aria-label': 'Preset' }, config.presets.map((p) => h('button', {
    type: 'button', title: p.query, 'data-value': p.name,
    onclick: () => set({ ...nothing(), w: '', preset: params.preset === p.name ? '' : p.name }),
  }, p.name)));
  shows.push(() => { for (const b of presets.children) b.setAttribute('aria-pressed', b.dataset.value === params.preset); });

  const formats = ['auto', ...config.formats].map((value) => ({ value, text: value }));
  const note = h('p', { class: 'note', role: 'status' });
  shows.push(() => {
    const names = needSignature(params);
    const rung = snapped(config, params);
    note.textContent = names.length > 0 ? `A server that snaps unsigned URLs requires a signature for ${names.join(', ')}: see imgorigin sign.`
      : rung ? `A server that snaps unsigned URLs answers this one ${rung} pixels wide.` : '';
    note.hidden = !note.textContent;
  });

  const ignored = h('p', { class: 'note', role: 'status', id: 'ignored', hidden: true });

  const group = (title, ...rows) => h('fieldset', {}, h('legend', {}, title), rows);
  const element = h('aside', { class: 'controls', 'aria-label': 'Parameters' },
    config.presets.length > 0 && group('Presets', row('preset', 'Instead of what is below', presets)),
    group('Size',
      row('w', 'Width', number('w', 'Width', side)),
      row('h', 'Height', number('h', 'Height', side)),
      row('dpr', 'Density', choice('dpr', 'Density', ['1', '1.5', '2', '3'].map((value) => ({ value, text: value + '×' })))),
      row('fit', 'Fit', fitButtons, boxed)),
    group('Crop',
      row('crop', 'Keep', cropGrid, isCover),
      row('fp-x', 'Focal point, across', number('fp-x', 'Focal point, across', { lo: 0, hi: 1, step: 0.01, absent: '0.5' }), () => (unsigned() || isCover()) && ' '),
      row('fp-y', 'and down', number('fp-y', 'Focal point, down', { lo: 0, hi: 1, step: 0.01, absent: '0.5' }), () => (unsigned() || isCover()) && ' '),
      row('rect', 'Part of the original', h('div', { class: 'pair' }, rect, clearRect), unsigned)),
    group('Encoding',
      row('fm', 'Format', choice('fm', 'Format', formats)),
      row('q', 'Quality', h('div', {}, number('q', 'Quality', { lo: 1, hi: 100, absent: 'usual', at: 65 }),
        choice('q', 'Quality by image', [{ value: '', text: 'As set' }, { value: 'auto', text: 'Auto', tip: 'The least quality that looks as good as usual' }],
          () => (params.q === 'auto' ? 'auto' : ''))),
        () => (['png', 'gif'].includes(params.fm) ? 'has no quality' : ''))),
    group('Effects',
      row('blur', 'Blur', number('blur', 'Blur', { lo: 0.3, hi: 100, max: 40, step: 0.1, curve: 2, absent: '0' }), unsigned),
      ...[['bri', 'Brightness'], ['con', 'Contrast'], ['sat', 'Saturation'], ['gam', 'Gamma']].map(([name, title]) =>
        row(name, title, number(name, title, { lo: -100, hi: 100, absent: '0' }), unsigned)),
      row('sharp', 'Sharpen', number('sharp', 'Sharpen', { lo: 0, hi: 100, absent: '0' }), unsigned),
      row('invert', 'Invert', choice('invert', 'Invert', [{ value: 'false', text: 'No' }, { value: 'true', text: 'Yes' }]), unsigned),
      row('flip', 'Mirror', choice('flip', 'Mirror',
        [['', 'No'], ['h', '↔'], ['v', '↕'], ['hv', 'Both']].map(([value, text]) => ({ value, text }))), unsigned),
      row('bg', 'Background', h('div', { class: 'pair' }, bg, h('button', { type: 'button', class: 'quiet', onclick: () => set({ bg: '' }) }, 'White')),
        () => unsigned() || (params.fit === 'contain' || params.fm === 'jpeg' ? '' : 'has an effect with fit=contain or fm=jpeg'))),
    h('details', {}, h('summary', {}, 'More'), group('More', config.others.map((p) =>
      row(p.name, p.takes, text(p.name), p.unsigned ? undefined : unsigned)))),
    h('div', { class: 'foot' }, note, ignored,
      h('button', { type: 'button', class: 'button', onclick: () => set({ ...nothing(), w: first(config) }) }, 'Start over')));

  return {
    element,
    show(next) {
      params = next;
      for (const f of shows) f();
    },
    loaded(result) {
      ignored.textContent = result.ignored && `The server ignores ${result.ignored}.`;
      ignored.hidden = !result.ignored;
    },
  };
}

const nothing = () => Object.fromEntries(names.filter((n) => n !== 'w').map((n) => [n, '']));

// fitGlyph draws a box and how an image of 3:2 fits it.
function fitGlyph(fit, [x, y, w, h]) {
  return s('svg', { viewBox: '0 0 20 20', width: 22, height: 22, 'aria-hidden': 'true', class: 'fit' },
    s('rect', { x, y, width: w, height: h, rx: 1, class: 'pic' }),
    s('rect', { x: 3, y: 3, width: 14, height: 14, rx: 2, class: fit === 'inside' || fit === 'outside' ? 'box loose' : 'box' }));
}
