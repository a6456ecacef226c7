// Code to paste into a page of one's own, for the current parameters.

import { copy, h } from './dom.js';
import { at, ladder, plan, query, url } from './grammar.js';

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const fluid = 'max-width:100%;height:auto';

export function snippets({ config, key, info }) {
  let params = {}, now = 0;
  const tabs = [
    ['URL', link], ['<img>', img], ['<picture>', source], ['React', react], ['next/image', next], ['Vue', vue], ['Nuxt', nuxt], ['Astro', astro],
    ['Svelte', svelte], ['Markdown', markdown], ['curl', curl],
  ];
  const code = h('code'), panel = h('pre', { role: 'tabpanel', id: 'snippet', tabindex: '0', 'aria-label': 'Code' }, code);
  const buttons = tabs.map(([title], i) => h('button', {
    type: 'button', role: 'tab', 'aria-controls': 'snippet', onclick: () => turn(i), onkeydown: keys,
  }, title));
  const alt = h('input', { type: 'text', id: 'alt', autocomplete: 'off', placeholder: 'What the image shows, for those who can’t see it', oninput: draw });
  const sizes = h('input', { type: 'text', value: '(min-width: 800px) 50vw, 100vw', spellcheck: 'false', id: 'sizes', oninput: draw });
  const about = h('label', { class: 'sizes' }, h('code', {}, 'alt'), alt), width = h('label', { class: 'sizes' }, h('code', {}, 'sizes'), sizes);
  const element = h('section', { class: 'card snippets' },
    h('h2', {}, 'Use it'),
    h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Snippets' }, buttons), about, width,
    h('div', { class: 'paste' }, panel, h('button', { type: 'button', class: 'button', id: 'copy', onclick: () => copy(code.textContent) }, 'Copy')));

  const absolute = (p) => location.origin + url(key, p);
  const widths = () => ladder(config.widths, params, info.displayed);
  const srcset = (overrides) => widths().map((w) => {
    const p = at(params, w, overrides);
    return `${absolute(p)} ${plan(p, info.displayed).canvas.w}w`;
  });
  const shown = () => plan({ ...params, dpr: undefined }, info.displayed).canvas;
  const dims = () => `width="${shown().w}" height="${shown().h}" alt="${escape(alt.value)}" loading="lazy" decoding="async"`;
  const list = (indent) => srcset().map(escape).join(',\n' + indent);

  function link() { return absolute(params); }
  function img() {
    return `<img src="${escape(absolute(params))}"\n  srcset="${list('    ')}"\n  sizes="${escape(sizes.value)}"\n  ${dims()} style="${fluid}">`;
  }
  function source() {
    const modern = ['avif', 'webp'].filter((f) => config.formats.includes(f));
    const plain = info.alpha ? 'png' : 'jpeg';
    return `<picture>\n${modern.map((fm) => `  <source type="image/${fm}" sizes="${escape(sizes.value)}"\n    srcset="${srcset({ fm }).map(escape).join(',\n      ')}">\n`).join('')
    }  <img src="${escape(absolute({ ...params, fm: plain }))}"\n    srcset="${srcset({ fm: plain }).map(escape).join(',\n      ')}" sizes="${escape(sizes.value)}"\n    ${dims()} style="${fluid}">\n</picture>`;
  }

  // builder returns a function in JavaScript that returns the URL of an image by key and width, with its lines indented.
  function builder(signature, indent = '') {
    const rest = query({ ...at(params, 0), w: '', h: '' });
    const tall = params.w && params.h ? `  query.set('h', Math.round(width * ${Number((params.h / params.w).toFixed(4))}));\n` : '';
    return `${signature} {\n  const query = new URLSearchParams('${rest}');\n  query.set('w', width);\n${tall}`
      .concat(signature.includes('quality') ? `  if (quality) query.set('q', quality);\n` : '')
      .concat(`  return '${location.origin}/img/' + src.replace(/^\\/+/, '').split('/').map(encodeURIComponent).join('/') + '?' + query;\n}`)
      .replaceAll('\n', '\n' + indent);
  }
  const steps = () => `[${widths().join(', ')}]`;
  const text = (s) => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const parts = () => `const widths = ${steps()};\n${builder('function url(src, width)')}\nconst srcset = widths.map((w) => url(${text(key)}, w) + ' ' + w + 'w').join();`;

  function react() {
    return `${parts()}\n\nexport default () => (\n  <img src={url(${text(key)}, ${shown().w})} srcSet={srcset} sizes="${escape(sizes.value)}"\n    width={${shown().w}} height={${shown().h}} alt="${escape(alt.value)}" loading="lazy" decoding="async"\n`
      + `    style={{ maxWidth: '100%', height: 'auto' }} />\n);`;
  }
  function next() {
    return `// next.config.js: images: { loader: 'custom', loaderFile: './imgorigin.js' }\n// imgorigin.js\n${builder('export default function imgorigin({ src, width, quality })')}\n\n`
      + `<Image src="${escape(key)}" width={${shown().w}} height={${shown().h}} sizes="${escape(sizes.value)}"\n  alt="${escape(alt.value)}" style={{ maxWidth: '100%', height: 'auto' }} />`;
  }
  function vue() {
    return `<script setup>\n${parts()}\n<\/script>\n\n<template>\n  <img :src="url('${escape(key)}', ${shown().w})" :srcset="srcset" sizes="${escape(sizes.value)}"\n    ${dims()} style="${fluid}">\n</template>`;
  }
  function nuxt() {
    return `// nuxt.config.ts\nimage: { providers: { imgorigin: { name: 'imgorigin', provider: '~/imgorigin.js' } }, provider: 'imgorigin' }\n\n`
      + `// imgorigin.js\nimport { defineProvider } from '@nuxt/image/runtime';\n${builder('function url(src, width, quality)')}\n`
      + `export default defineProvider({\n  getImage: (src, { modifiers }) => ({ url: url(src, modifiers?.width ?? ${shown().w}, modifiers?.quality) }),\n});\n\n`
      + `<NuxtImg src="${escape(key)}" width="${shown().w}" height="${shown().h}" sizes="100vw md:50vw" alt="${escape(alt.value)}" loading="lazy" style="${fluid}" />`;
  }
  function astro() {
    return `---\n${parts()}\n---\n<img src={url(${text(key)}, ${shown().w})} srcset={srcset} sizes="${escape(sizes.value)}"\n  ${dims()} style="${fluid}" />`;
  }
  function svelte() {
    return `<script>\n${parts().replace(/^/gm, '  ')}\n<\/script>\n\n<img src={url(${text(key)}, ${shown().w})} {srcset} sizes="${escape(sizes.value)}"\n  ${dims()} style="${fluid}" />`;
  }
  function markdown() { return `![${alt.value.replace(/[[\]]/g, '')}](${absolute(params).replaceAll('(', '%28').replaceAll(')', '%29')})`; }
  function curl() { return `curl -o '${key.split('/').pop().replaceAll("'", '')}' -H 'Accept: image/avif,image/webp' \\\n  '${absolute(params).replaceAll("'", '%27')}'`; }

  function draw() { code.textContent = tabs[now][1](); }
  function turn(i) {
    now = i;
    buttons.forEach((b, j) => {
      b.setAttribute('aria-selected', j === i);
      b.tabIndex = j === i ? 0 : -1;
    });
    about.hidden = [link, curl].includes(tabs[i][1]);
    width.hidden = [link, curl, markdown, nuxt].includes(tabs[i][1]);
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
