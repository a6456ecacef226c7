// Helpers that every part of the page uses.

const SVG = 'http://www.w3.org/2000/svg';

// h creates an element: h('a', { href: '#/', onclick: f }, 'text', child). A property that is false, null or undefined is
// left out; true becomes an attribute without a value.
export function h(tag, props, ...children) { return fill(document.createElement(tag), props, children); }

// s is h for SVG.
export function s(tag, props, ...children) { return fill(document.createElementNS(SVG, tag), props, children); }

function fill(e, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (name === 'value') e.value = value;
    else if (value === true) e.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) e.setAttribute(name, value);
  }
  e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

export const $ = (id) => document.getElementById(id);

// icon returns an SVG of a path in a 20 × 20 view box.
export const icon = (d, size = 18) => s('svg', { viewBox: '0 0 20 20', width: size, height: size, class: 'glyph', 'aria-hidden': 'true' }, s('path', { d }));

// bytes formats a number of bytes: 850 B, 9.4 kB, 120 kB, 1.2 MB.
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  const [unit, by] = n < 999_500 ? ['kB', 1e3] : ['MB', 1e6];
  const x = n / by;
  return `${x < 10 ? x.toFixed(1) : Math.round(x)} ${unit}`;
}

// saved formats how much smaller a is than b: −82 %.
export function saved(a, b) {
  let percent = Math.round((a / b - 1) * 100);
  if (percent <= -99) percent = Math.max(-99.9, Math.round((a / b - 1) * 1000) / 10); // −100 % would mean that nothing is left
  return percent === 0 ? '±0 %' : `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}

export const clamp = (x, lo, hi) => Math.min(Math.max(x, lo), hi);

// middle returns the size of the middle of an image that has no more than some pixels.
export function middle(width, height, most) {
  const k = Math.min(1, Math.sqrt(most / (width * height)));
  return [Math.floor(width * k), Math.floor(height * k)];
}

let fading;
// toast shows a message for two seconds, and announces it to screen readers.
export function toast(text) {
  $('toast').textContent = text;
  $('toast').classList.add('on');
  clearTimeout(fading);
  fading = setTimeout(() => $('toast').classList.remove('on'), 2200);
}

// copy puts text on the clipboard. Browsers give pages without TLS no clipboard, so there it selects the text in a hidden
// field and runs the copy command.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h('textarea', { class: 'hidden', value: text });
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  toast('Copied');
}

// later returns a debounced f: it is called when there have been no calls for some milliseconds, with the last arguments.
export function later(ms, f) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
}

// px sets lengths of an element's style, in CSS pixels.
export function px(element, where) {
  for (const [name, value] of Object.entries(where)) element.style[name] = value + 'px';
}
