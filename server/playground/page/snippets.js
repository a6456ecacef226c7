// Code to paste into a page of one's own, for the current parameters.

import { copy, h } from './dom.js';
import { at, ladder, plan, query, url } from './grammar.js';

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

export function snippets({ config, key, info }) {
  let params = {}, now = 0;
  const tabs = [['URL', link], ['<img>', img], ['<picture>', source], ['next/image', next], ['Markdown', markdown], ['curl', curl]];
  const code = h('code'), panel = h('pre', { role: 'tabpanel', id: 'snippet', tabindex: '0' }, code);
  const buttons = tabs.map(([title], i) => h('button', {
    type: 'button', role: 'tab', 'aria-controls': 'snippet', onclick: () => turn(i), onkeydown: keys,
  }, title));
  const sizes = h('input', { type: 'text', value: '(min-width: 800px) 50vw, 100vw', spellcheck: 'false', id: 'sizes', oninput: draw });
  const width = h('label', { class: 'sizes' }, h('code', {}, 'sizes'), sizes);
  const element = h('section', { class: 'card snippets' },
    h('h2', {}, 'Use it'),
    h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Snippets' }, buttons), width,
    h('div', { class: 'paste' }, panel, h('button', { type: 'button', class: 'button', id: 'copy', onclick: () => copy(code.textContent) }, 'Copy')));

  const absolute = (p) => location.origin + url(key, p);
  const widths = () => ladder(config.widths, params, info.displayed);
  const srcset = (overrides) => widths().map((w) => {
    const p = at(params, w, overrides);
    return `${absolute(p)} ${plan(p, info.displayed).canvas.w}w`;
  });
  const shown = () => plan({ ...params, dpr: undefined }, info.displayed).canvas;
  const dims = () => `width="${shown().w}" height="${shown().h}" alt="" loading="lazy" decoding="async"`;

  function link() { return absolute(params); }
  function img() {
    return `<img src="${escape(absolute(params))}"\n  srcset="${srcset().map(escape).join(',\n    ')}"\n  sizes="${escape(sizes.value)}"\n  ${dims()}>`;
  }
  function source() {
    const modern = ['avif', 'webp'].filter((f) => config.formats.includes(f));
    const plain = info.alpha ? 'png' : 'jpeg';
    return `<picture>\n${modern.map((fm) => `  <source type="image/${fm}" sizes="${escape(sizes.value)}"\n    srcset="${srcset({ fm }).map(escape).join(',\n      ')}">\n`).join('')
    }  <img src="${escape(absolute({ ...params, fm: plain }))}"\n    srcset="${srcset({ fm: plain }).map(escape).join(',\n      ')}" sizes="${escape(sizes.value)}"\n    ${dims()}>\n</picture>`;
  }
  function next() {
    const rest = query({ ...at(params, 0), w: '', h: '' });
    const tall = params.w && params.h ? `  query.set('h', Math.round(width * ${Number((params.h / params.w).toFixed(4))}));\n` : '';
    return `// next.config.js: images: { loader: 'custom', loaderFile: './imgorigin.js' }\n// imgorigin.js\nexport default function imgorigin({ src, width, quality }) {\n`
      + `  const query = new URLSearchParams('${rest}');\n  query.set('w', width);\n${tall}  if (quality) query.set('q', quality);\n`
      + `  return '${location.origin}/img/' + src.replace(/^\\/+/, '').split('/').map(encodeURIComponent).join('/') + '?' + query;\n}\n\n`
      + `<Image src="${escape(key)}" width={${shown().w}} height={${shown().h}} sizes="${escape(sizes.value)}" alt="" />`;
  }
  function markdown() { return `![](${absolute(params).replaceAll('(', '%28').replaceAll(')', '%29')})`; }
  function curl() { return `curl -o '${key.split('/').pop().replaceAll("'", '')}' -H 'Accept: image/avif,image/webp' \\\n  '${absolute(params).replaceAll("'", '%27')}'`; }

  function draw() { code.textContent = tabs[now][1](); }
  function turn(i) {
    now = i;
    buttons.forEach((b, j) => {
      b.setAttribute('aria-selected', j === i);
      b.tabIndex = j === i ? 0 : -1;
    });
    width.hidden = ![img, source, next].includes(tabs[i][1]);
    draw();
  }
  function keys(e) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!by) return;
    turn((now + by + tabs.length) % tabs.length);
    buttons[now].focus();
  }
  turn(0);
  return { element, show(p) { params = p; draw(); } };
}
