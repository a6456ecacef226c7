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

// soon returns a throttled f: calls within some milliseconds of the first are one, at their end.
export function soon(ms, f) {
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      f();
    }, ms);
  };
}

// whenSeen calls f once, when more than a share of an element is in view, and returns the function that gives up.
export function whenSeen(element, share, f) {
  const watch = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    watch.disconnect();
    f();
  }, { threshold: share });
  watch.observe(element);
  return () => watch.disconnect();
}

// roving makes a group of buttons one stop of the Tab key: the pressed button or else the first. Arrow keys move the focus
// within the group. It returns the group.
export function roving(group) {
  const usable = () => [...group.querySelectorAll('button')].filter((b) => !b.disabled);
  const isPressed = (b) => b.getAttribute('aria-pressed') === 'true';
  function settle() {
    const all = usable(), stop = all.find((b) => b === document.activeElement) ?? all.find(isPressed) ?? all[0];
    for (const b of all) b.tabIndex = b === stop ? 0 : -1;
  }
  new MutationObserver(settle).observe(group, { subtree: true, childList: true, attributeFilter: ['aria-pressed', 'disabled'] });
  for (const name of ['focusin', 'focusout']) group.addEventListener(name, settle);
  group.addEventListener('keydown', (e) => {
    const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (!to || e.target.type !== 'button') return;
    e.preventDefault();
    const all = usable(), at = all.indexOf(e.target), by = to[0] + to[1];
    (nearest(e.target, all, to) ?? all[(at + by + all.length) % all.length]).focus();
  });
  settle();
  return group;
}

// nearest returns the element that lies next in a direction, which groups of several rows need.
function nearest(from, all, [right, down]) {
  const middleOf = (e) => (({ x, y, width, height }) => [x + width / 2, y + height / 2])(e.getBoundingClientRect());
  const [x, y] = middleOf(from);
  const away = all.map((e) => {
    const [dx, dy] = [middleOf(e)[0] - x, middleOf(e)[1] - y], along = dx * right + dy * down;
    return { e, far: along > 2 ? along + 3 * Math.abs(dx * down + dy * right) : Infinity };
  });
  return away.filter(({ far }) => far < Infinity).sort((a, b) => a.far - b.far)[0]?.e;
}

// px sets lengths of an element's style, in CSS pixels.
export function px(element, where) {
  for (const [name, value] of Object.entries(where)) element.style[name] = value + 'px';
}
