// A control for every parameter of the URL.

import { h, roving, s } from './dom.js';
import { anchors, first, fitOf, hasBox, isCorner, isSmart, needsSignature, nothing, snapped } from './grammar.js';
import { generic, inputs } from './inputs.js';

const fits = [
  ['inside', 'Whole image, no larger than the box', [4, 6.5, 12, 7]],
  ['cover', 'Fills the box; the rest is cropped', [1, 3, 18, 14]],
  ['contain', 'Whole image on a canvas of the box', [3, 6.5, 14, 7]],
  ['fill', 'Stretched to the box', [3, 3, 14, 14]],
  ['outside', 'Whole image, no smaller than the box', [0.8, 3, 18.4, 14]],
];

// One click to common shapes.
const shapes = [
  ['Avatar', { w: 160, h: 160, crop: 'faces' }], ['Card', { w: 480, h: 360, crop: 'smart' }],
  ['Hero', { w: 1920, h: 1080, crop: 'smart' }], ['Link preview', { w: 1200, h: 630, crop: 'smart' }],
];

// The groups of parameters that the server describes, with titles for those whose names don't say it. What no group has is in
// the last one, so that a parameter that is added to the grammar has a control.
const groups = [
  ['Tone', { bri: 'Brightness', con: 'Contrast', exp: 'Exposure', gam: 'Gamma', high: 'Highlights', shad: 'Shadows' }],
  ['Colour', {
    sat: 'Saturation', vib: 'Vibrance', hue: 'Hue', sepia: 'Sepia', greyscale: 'Greyscale', monochrome: 'Monochrome', duotone: 'Duotone',
    'duotone-alpha': 'Duotone, strength', invert: 'Invert',
  }],
  ['Detail', { blur: 'Blur', sharp: 'Sharpen', usm: 'Unsharp mask', usmrad: 'Unsharp mask, radius', px: 'Pixellate' }],
  ['Turn and frame', {
    rot: 'Turn', flip: 'Mirror', pad: 'Padding', border: 'Border', mask: 'Mask', 'corner-radius': 'Radius of corners', 'mask-bg': 'Behind the mask',
  }],
  ['Trim', { trim: 'Cut off edges', 'trim-color': 'Colour of edges', 'trim-tol': 'Tolerance', 'trim-pad': 'Leave beside' }],
  ['Mark', {
    mark: 'Image', 'mark-align': 'Place', 'mark-scale': 'Width, percent', 'mark-pad': 'Distance', 'mark-alpha': 'Opacity', 'mark-tile': 'Repeat',
  }],
];

export function controls({ config, info, set }) {
  let params = {};
  const signed = !config.exact;
  const kit = inputs(() => params, set);
  const { row, number, text, choice, color, watch } = kit;

  const most = Math.max(info.displayed.width, info.displayed.height);
  const boxed = () => (hasBox(params) ? '' : 'needs a width and a height, or one of them and a shape');
  const isCover = () => boxed() || (fitOf(params) === 'cover' ? '' : 'with fit=cover');
  const unsigned = () => (signed && !config.signing?.on ? 'this server requires a signed URL for it' : '');
  const side = { lo: 1, hi: config.maxSide, max: Math.min(config.maxSide, most), curve: 1.6, absent: 'auto', at: most };

  // note says what a server that snaps unsigned URLs does with a parameter that is set.
  function note(name) {
    const rung = name === 'w' && snapped(config, params);
    return needsSignature(params, name) ? `needs a signature, unless the server takes exact URLs` : rung && !config.exact ? `answered ${rung} pixels wide`
      : rung ? `snapped to ${rung} in production, unless it is signed` : '';
  }
  const line = (name, title, body, off) => row(name, title, body, off, note);

  const cropGrid = h('div', { class: 'crop' },
    choice('crop', 'Anchor', ['center', ...anchors.filter((a) => a !== 'center')].map((value) => ({
      value, tip: value, text: s('svg', { viewBox: '0 0 8 8', width: 8, height: 8, 'aria-hidden': 'true' }, s('circle', { cx: 4, cy: 4, r: 2.5 })), needs: signed && isCorner(value),
    })), () => (params['fp-x'] !== undefined || params['fp-y'] !== undefined ? 'none' : params.crop)),
    choice('crop', 'By content', [['smart', 'Smart', 'The most interesting part'], ['faces', 'Faces', 'As Smart, but what is above counts more'],
      ['entropy', 'Entropy', 'The part with the most detail'], ['edges', 'Edges', 'The part with the most edges']]
      .map(([value, label, tip]) => ({ value, text: label, tip })), () => (isSmart(params.crop) ? params.crop.split(',')[0] : 'none')));
  const rect = text('rect', 'Crop rectangle', 'x,y,w,h: the whole image');
  const quick = h('div', { class: 'chips', role: 'group', 'aria-label': 'Shapes' }, shapes.map(([title, shape]) => h('button', {
    type: 'button', title: `${shape.w} × ${shape.h}, ${shape.crop}`, 'data-shape': title, onclick: () => set({ ...shape, fit: 'cover', ar: '', rect: '', dpr: '', 'fp-x': '', 'fp-y': '', preset: '' }),
  }, title)), config.presets.map((p) => h('button', {
    type: 'button', class: 'preset', title: `preset=${p.name}: ${p.query}`, 'data-preset': p.name,
    onclick: () => set({ ...nothing(), w: '', preset: params.preset === p.name ? '' : p.name }),
  }, p.name)));
  roving(quick);
  watch(() => {
    for (const b of quick.children) {
      const shape = shapes.find(([title]) => title === b.dataset.shape)?.[1];
      b.setAttribute('aria-pressed', shape ? Object.entries({ ...shape, fit: 'cover' }).every(([n, v]) => params[n] === String(v)) : b.dataset.preset === params.preset);
    }
  });

  const group = (title, ...rows) => h('fieldset', {}, h('legend', {}, title), rows);

  // fold returns a group that is closed until one of its parameters is set, and gets its controls when it is opened. Its summary
  // says how many are set.
  function fold(title, list, titles) {
    const count = h('span', { class: 'set' }), rows = h('div', { class: 'rows' });
    let isOpened = false;
    function fill() {
      if (rows.firstChild) return;
      rows.append(...list.map((p) => line(p.name, titles[p.name] ?? p.name, generic(kit, p, titles[p.name] ?? p.name), p.unsigned ? undefined : unsigned)));
      kit.show();
    }
    const element = h('details', { 'data-group': title, ontoggle: () => element.open && fill() }, h('summary', {}, title, count), rows);
    watch(() => {
      const n = list.filter((p) => params[p.name] !== undefined).length;
      count.textContent = n ? `${n} set` : '';
      if (n && !isOpened) element.open = isOpened = true;
    });
    return element;
  }
  const own = ['w', 'h', 'ar', 'dpr', 'fit', 'crop', 'fp-x', 'fp-y', 'fp-z', 'rect', 'q', 'fm', 'bg', 'preset'];
  const rest = new Map(config.parameters.filter((p) => !own.includes(p.name)).map((p) => [p.name, p]));
  const folds = groups.map(([title, titles]) => {
    const list = Object.keys(titles).filter((n) => rest.has(n)).map((n) => rest.get(n));
    for (const p of list) rest.delete(p.name);
    return list.length > 0 && fold(title, list, titles);
  });

  const element = h('aside', { class: 'controls', 'aria-label': 'Parameters' },
    group('Encoding',
      line('fm', 'Format', choice('fm', 'Format', ['auto', ...config.formats].map((value) => ({ value, text: value })))),
      line('q', 'Quality', h('div', { class: 'quality' }, number('q', 'Quality', { lo: 1, hi: 100, absent: 'usual', at: 65 }),
        choice('q', 'Quality by image', [{ value: '', text: 'As set' }, { value: 'auto', text: 'Auto', tip: 'The least quality that looks as good as usual' }],
          () => (params.q === 'auto' ? 'auto' : ''))),
      () => (['png', 'gif'].includes(params.fm) ? 'has no quality' : ''))),
    group('Size', quick,
      line('w', 'Width', number('w', 'Width', side)),
      line('h', 'Height', number('h', 'Height', side)),
      line('ar', 'Shape', choice('ar', 'Shape', [{ value: '', text: 'Own' }, ...['1:1', '4:3', '3:2', '16:9', '2:3'].map((value) => ({ value, text: value }))]),
        () => (params.w && params.h ? 'the width and the height decide' : params.w || params.h ? '' : 'needs a width or a height')),
      line('dpr', 'Density', choice('dpr', 'Density', ['1', '1.5', '2', '3'].map((value) => ({ value, text: value + '×' })))),
      line('fit', 'Fit', choice('fit', 'Fit', fits.map(([value, tip, r]) => ({ value, tip, text: [fitGlyph(value, r), h('span', {}, value)] })), () => (hasBox(params) ? fitOf(params) : params.fit)), boxed)),
    group('Crop',
      line('crop', 'Keep', cropGrid, isCover),
      line('fp-x', 'Focal point, across', number('fp-x', 'Focal point, across', { lo: 0, hi: 1, step: 0.01, absent: '0.5' }), () => (unsigned() || isCover()) && ' '),
      line('fp-y', 'and down', number('fp-y', 'Focal point, down', { lo: 0, hi: 1, step: 0.01, absent: '0.5' }), () => (unsigned() || isCover()) && ' '),
      line('fp-z', 'and closer', number('fp-z', 'Zoom', { lo: 1, hi: 100, max: 10, step: 0.1, absent: '1', curve: 2 }), () => (unsigned() || isCover()) && ' '),
      line('rect', 'Part of the original', h('div', { class: 'pair' }, rect, h('button', { type: 'button', class: 'quiet', onclick: () => set({ rect: '' }) }, 'Whole image')), unsigned),
      line('bg', 'Background', color('bg', 'Background', 'ffffff'),
        () => unsigned() || (fitOf(params) === 'contain' || ['jpeg'].includes(params.fm) || params.rot || params.pad ? '' : 'shows with fit=contain, rot, pad or fm=jpeg'))),
    folds, fold('More', [...rest.values()], {}),
    h('div', { class: 'foot' }, h('button', { type: 'button', class: 'button', onclick: () => set({ ...nothing(), w: first(config) }) }, 'Start over')));

  return { element, show(next) { params = next; kit.show(); } };
}

// fitGlyph draws a box and how an image of 3:2 fits it.
function fitGlyph(fit, [x, y, w, h]) {
  return s('svg', { viewBox: '0 0 20 20', width: 22, height: 22, 'aria-hidden': 'true', class: 'fit' },
    s('rect', { x, y, width: w, height: h, rx: 1, class: 'pic' }),
    s('rect', { x: 3, y: 3, width: 14, height: 14, rx: 2, class: fit === 'inside' || fit === 'outside' ? 'box loose' : 'box' }));
}
