// A chart of the ladder: bytes by width, with a line for each format.

import { bytes, clamp, h, later, s, soon, whenSeen } from './dom.js';
import * as api from './api.js';
import { at, ladder, plan, query, url } from './grammar.js';

const H = 260, pad = { left: 58, right: 16, top: 14, bottom: 30 };

export function chart({ config, key, info, set, closed }) {
  const drawing = s('svg', { class: 'chart', role: 'group', 'aria-label': 'Bytes by width and format: arrow keys move between the points' });
  const legend = h('ul', { class: 'legend' });
  const caption = h('p', { class: 'says num', 'aria-live': 'polite' });
  const table = h('table', { class: 'hidden' });
  const element = h('section', { class: 'card ladder' },
    h('h2', {}, 'The ladder'), h('p', { class: 'sub' }, 'Bytes by width, for the widths of this server. Choose a point to see it.'), legend, drawing, caption, table);
  // PNG and GIF are shown only for images that need them. For a photograph they are so large that all other lines would
  // lie at the bottom.
  const formats = config.formats.filter((f) => (info.alpha || f !== 'png') && (info.frames > 1 || f !== 'gif'));
  legend.append(...formats.map((f) => h('li', {}, h('i', { class: 'key ' + f }), f)));

  let W = 720, points = [], params = {}, stop, measured, seen = false;

  const measure = later(500, async () => {
    stop?.abort();
    stop = new AbortController();
    const { signal } = stop;
    const all = ladder(config.widths, params, info.displayed).flatMap((width) => formats.map((format) => {
      const p = at(params, width, { fm: format });
      return { width, format, p, shown: Math.min(width, plan(p, info.displayed).canvas.w), url: url(key, p) };
    }));
    points = [];
    await api.each(all, 2, async (point) => {
      try {
        point.bytes = await api.measure(point.url, signal);
      } catch {
        return;
      }
      if (signal.aborted || closed.aborted) return;
      points.push(point);
      drawSoon();
    });
  });

  // The width is that of the card, so that letters are as large as elsewhere.
  const drawSoon = soon(120, draw);
  function draw() {
    if (closed.aborted || points.length === 0) return;
    drawing.setAttribute('viewBox', `0 0 ${W} ${H}`);
    const maxX = Math.max(...points.map((p) => p.shown)), [maxY, step] = nice(Math.max(...points.map((p) => p.bytes)));
    const x = (w) => pad.left + (w / maxX) * (W - pad.left - pad.right);
    const y = (b) => H - pad.bottom - (b / maxY) * (H - pad.top - pad.bottom);
    const grid = [];
    for (let b = 0; b <= maxY + 1; b += step) {
      grid.push(s('line', { x1: pad.left, x2: W - pad.right, y1: y(b), y2: y(b), class: b ? 'rule' : 'axis' }),
        s('text', { x: pad.left - 8, y: y(b) + 4, class: 'tick end' }, b ? bytes(b) : '0'));
    }
    let right = -Infinity;
    const ticks = [...new Set(points.map((p) => p.shown))].sort((a, b) => a - b).filter((w) => x(w) - right > 34 && (right = x(w)))
      .map((w) => s('text', { x: x(w), y: H - pad.bottom + 18, class: 'tick' }, w));
    const focused = document.activeElement?.dataset?.url;
    const tabStop = (points.find((p) => p.url === focused) ?? points.find(isShown) ?? points[0])?.url; // where Tab stops
    const lines = formats.map((f) => {
      const mine = points.filter((p) => p.format === f).sort((a, b) => a.shown - b.shown);
      if (mine.length === 0) return null;
      return s('g', { class: 'line ' + f }, s('polyline', { points: mine.map((p) => `${x(p.shown)},${y(p.bytes)}`).join(' ') }),
        mine.map((p) => s('circle', {
          cx: x(p.shown), cy: y(p.bytes), r: 4.5, tabindex: p.url === tabStop ? '0' : '-1', role: 'button', 'data-url': p.url, 'aria-label': name(p),
          class: isShown(p) ? 'now' : '', onclick: () => pick(p), onpointerenter: () => describe(p), onfocus: () => describe(p),
          onkeydown: (e) => keyPoint(e, p),
        })));
    });
    drawing.replaceChildren(...grid, ...ticks, ...lines.filter(Boolean));
    if (focused) drawing.querySelector(`[data-url="${CSS.escape(focused)}"]`)?.focus();
    list();
  }

  // keyPoint picks a point, or moves on: left and right along its line, up and down to the other lines.
  function keyPoint(e, p) {
    const mine = points.filter((q) => q.format === p.format).sort((a, b) => a.shown - b.shown), at = mine.indexOf(p);
    const others = formats.map((f) => points.find((q) => q.format === f && q.shown === p.shown)).filter(Boolean).sort((a, b) => a.bytes - b.bytes);
    const to = {
      ArrowLeft: mine[at - 1], ArrowRight: mine[at + 1], Home: mine[0], End: mine.at(-1),
      ArrowUp: others[others.indexOf(p) + 1], ArrowDown: others[others.indexOf(p) - 1],
    };
    if (e.key === 'Enter' || e.key === ' ') pick(p);
    else if (e.key in to) drawing.querySelector(`[data-url="${CSS.escape(to[e.key]?.url ?? p.url)}"]`).focus();
    else return;
    e.preventDefault();
  }

  const name = (p) => `${p.shown} wide, ${p.format}: ${bytes(p.bytes)}`;
  const describe = (p) => { caption.textContent = name(p); };
  const isShown = (p) => String(p.p.w) === String(params.w) && p.format === params.fm;
  const pick = (p) => set({ w: p.width, h: p.p.h, fm: p.format, dpr: '' });

  // list writes the same figures into a table for screen readers.
  function list() {
    const widths = [...new Set(points.map((p) => p.shown))].sort((a, b) => a - b);
    table.replaceChildren(h('caption', {}, 'Bytes by width and format'),
      h('tr', {}, h('th', { scope: 'col' }, 'Width'), formats.map((f) => h('th', { scope: 'col' }, f))),
      ...widths.map((w) => h('tr', {}, h('th', { scope: 'row' }, w),
        formats.map((f) => h('td', {}, points.find((p) => p.shown === w && p.format === f)?.bytes ?? '')))));
  }

  function begin() {
    const ladderOf = query(at(params, 100, { fm: '' }));
    if (!seen || ladderOf === measured) return;
    measured = ladderOf;
    measure();
  }
  // A ladder costs many resizes, so it is measured only when the chart comes into view.
  const giveUp = whenSeen(element, 0.25, () => {
    seen = true;
    begin();
  });
  const sized = new ResizeObserver((entries) => {
    W = clamp(entries.at(-1).contentRect.width, 240, 1200);
    drawSoon();
  });
  sized.observe(element);

  return {
    element,
    show(next) {
      params = next;
      draw();
    },
    loaded: begin,
    leave() {
      giveUp();
      sized.disconnect();
      stop?.abort();
    },
  };
}

// nice returns a round number that is not below n, and the distance between the lines of the grid.
function nice(n) {
  const ten = 10 ** Math.floor(Math.log10(n / 4)), step = [1, 2, 2.5, 5, 10].map((m) => m * ten).find((m) => m * 4 >= n) ?? 10 * ten;
  return [Math.ceil(n / step) * step, step];
}
