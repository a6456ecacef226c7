// A CloudFront function for viewer requests. It parses the URL of an image as the service does (Go package
// server/grammar) and rewrites it to the only path of its variant, /v/<key>/<normal form>. A request that the service
// would refuse is refused here, with the same answer.
//
// The JavaScript runtime 2.0 restricts how this is written. It has no for-of, spread, destructuring or default
// arguments. Its $ in a regular expression may match before a final newline, so (?![\s\S]) stands for the end. In njs,
// which the runtime is based on, a global replace in a string that is not ASCII may never end: see each. And a function
// has at most 10 kB, after comments and space are removed.
import cf from 'cloudfront';
import crypto from 'crypto';

const config = {};

const auto = 'auto', inside = 'inside', center = 'center', floor = Math.floor, highest = Math.max,
  elements = s => s.split(','), swap = (s, old, by) => s.split(old).join(by); // that are written often
// The settings under a name that is shortened when the function is printed, as config is not.
const settings = config;
const signedHeader = 'x-imgorigin-signed';

const side = 8192, whole = 'a whole number 1\u2026', takes = {
  w: whole + side, h: whole + side, q: whole + '100 or auto', dpr: 'a number 0.5\u20265', auto: 'format or compress',
  ar: 'width:height, as in 16:9, beside w or h', rot: 'a number 0\u2026360', preset: 'the name of a preset',
  expires: 'a unix time in seconds', s: 'a signature', any: 'names as w,h',
};

// table(p, 'a b|c') returns an object that maps a and its alias b to a, and c to c. It has no prototype, so that no
// other word, such as constructor, finds anything. It also notes for messages that the parameter p takes a or c.
const table = (p, text) => {
  const found = Object.create(null), all = text.split('|').map(line => {
    const words = line.split(' ');
    words.forEach(word => { found[word] = words[0]; });
    return words[0];
  }), last = all.pop();
  takes[p] = all.join(', ') + ' or ' + last;
  return found;
};
const
  relayed = table('relayed', settings.relayed),
  names = table('query', settings.words + '|' + settings.relayed),
  isRelayed = (p, value) => relayed[p] || p === 'rot' && !isQuarterTurn(value),
  params = swap(takes.query, ' or ', ', ').split(', '), // in order, which njs does not keep for the keys of an object
  signature = table('signature', 'expires|s'),
  fits = table('fit', 'inside max clip scale-down|cover crop min|contain pad|fill scale squeeze|outside'),
  corners = side => ['left', 'right'].map(s => side + '-' + s + ' ' + side + ',' + s + ' ' + s + ',' + side).join('|'),
  crops = table('crop', 'center centre|top|bottom|left|right|' + corners('top') + '|' + corners('bottom') + '|smart|faces|entropy|edges|focalpoint'),
  formats = table('fm', 'auto|jpeg jpg|png|webp|avif|gif|blurhash|thumbhash');

// The ladder in ascending order, with the inverse of each ratio.
const widths = settings.widths.sort((m, n) => m - n);
const ratios = [];
elements(settings.ratios).forEach(ratio => {
  const r = ratio.split(':').map(n => +n);
  ratios.push(r, [r[1], r[0]]);
});
ratios.sort((m, n) => m[0] * n[1] - n[0] * m[1]);
const encodes = elements('auto,' + settings.formats);

// refuse throws the answer to a request that is refused. Caches may keep it for so many seconds, 0 is not at all.
function refuse(status, message, seconds) {
  throw { status: status, message: message, seconds: seconds };
}
const
  day = 86400,
  has = (list, item) => list.includes(item),
  // each replaces every character c that an expression does not match by f(c), and tests each different character once. It stands
  // in for a global replace. In njs, neither a negated class nor [\s\S] matches bytes beyond ASCII, so the expression matches
  // as much as it can from the beginning. Most strings match as a whole: that takes a tenth of the time.
  each = (s, match, f) => {
    const seen = {}, isPlain = s => match.exec(s)[0] === s;
    return isPlain(s) ? s : s.split('').map(c => seen[c] || (seen[c] = isPlain(c) ? c : f(c))).join('');
  },
  clip = s => s.length > 60 ? s.slice(0, 60) + '\u2026' : s,
  quote = s => '"' + s.split('').map(c => c === '"' || c === '\\' ? '\\' + c :
    c >= ' ' && c <= '~' || c === '\u2026' ? c : '\\x' + hex(c)).join('') + '"',
  bad = (p, got, want) => refuse(400, p + ': got ' + quote(clip(got)) + ', takes ' + want, day),
  unsigned = what => refuse(403, clip(what) + ' requires a signed URL: see imgorigin sign', day),
  badKey = () => refuse(400,
    'the path names no image: it takes a key of 1 to 1,024 bytes of UTF-8 without NUL and without . or .. between slashes', day);

// Strings hold bytes, as Go's do: every character is below 256.
const
  hex = c => (256 + c.charCodeAt(0)).toString(16).slice(1),
  fromHex = s => s.split('%').map((part, i) =>
    i ? String.fromCharCode(parseInt(part.slice(0, 2), 16)) + part.slice(2) : part).join(''),
  // What is ASCII is seen at once by encoding it natively. In njs, the text of a request is of a kind that does not mix with
  // others, so that not even ASCII is returned as it is.
  toBytes = s => {
    const encoded = encodeURI(s), ascii = swap(encoded, '%25', '%');
    return ascii === s ? ascii : fromHex(encoded);
  },
  toHex = c => '%' + hex(c).toUpperCase(),
  encode = s => each(s, /^[\w.~-]*/, toHex),
  encodePath = s => each(s, /^[\w.~\/-]*/, toHex),
  decode = s => has(s, '%') && /%(?![\da-f]{2})/i.test(s) ? null : fromHex(s),
  isEncoded = s => has(s, '%') || has(s, '+'),
  decodeQuery = s => isEncoded(s) ? decode(swap(s, '+', ' ')) : s;

const cut = (s, at) => {
  const i = s.indexOf(at);
  return i < 0 ? [s, ''] : [s.slice(0, i), s.slice(i + at.length)];
};

// checkKey returns a key as a part of a path.
function checkKey(key) {
  const path = '/' + key + '/', encoded = encodePath(key);
  if (!key || key.length > 1024 || has(key, '\0') || /\/[.][.]?\//.test(path)) badKey();
  try {
    decodeURIComponent(encoded);
  } catch (e) {
    badKey(); // not UTF-8
  }
  return encoded;
}

const plain = s => {
  const decoded = decodeQuery(s);
  return decoded === null ? s : decoded;
};

// readQuery returns the parameters of a query that a path takes, whose names are listed in a message.
function readQuery(raw, words, list) {
  const vs = {}, read = isEncoded(raw) ? plain : s => s;
  raw.split('&').forEach(pair => {
    if (!pair) return;
    const kv = cut(pair, '='), name = read(kv[0]), p = words[name];
    if (!p) {
      if (settings.strict) bad('query', name, 'only ' + list);
      return;
    }
    const v = decodeQuery(kv[1]);
    if (!v) bad(p, kv[1], takes[p] || 'a value');
    if (vs[p]) bad(p, vs[p] + ' and ' + v, 'one value');
    vs[p] = v;
  });
  return vs;
}

// A default mark is a prefix of keys and the fields of the mark, which end the normal forms of all images below it.
const
  formatOf = name => name.slice(name.lastIndexOf('.') + 1),
  markOf = key => settings.marks.filter(mark => key.indexOf(mark[0]) === 0).map(mark => ',' + mark[1] + '.')[0],
  addMark = (key, name) => {
    const mark = markOf(key), format = formatOf(name);
    return mark ? (name.slice(0, -format.length - 1) + mark).replace(/^full,(?=mark=)/, '') + format : name;
  },
  cutMark = (key, name) => {
    const parts = cut(',' + name, markOf(key) || '/');
    return parts[1] ? (parts[0].slice(1) || 'full') + '.' + parts[1] : name;
  };

// A preset is its name, its format, its normal form without a format, those of formats in which it differs, and whether it
// has no default mark.
const
  presets = settings.presets,
  presetName = (key, preset, fm) => {
    const name = (preset[3][fm] || preset[2]) + '.' + fm;
    return preset[4] ? name : addMark(key, name);
  },
  besidePreset = ['preset', 'fm', auto];

const findPreset = name => presets.find(preset => preset[0] === name) ||
  bad('preset', name, 'one of the presets: ' + (presets.map(preset => preset[0]).join(', ') || 'none'));

const
  isWhole = s => /^[0-9]+(?![\s\S])/.test(s),
  isNumber = s => s.length < 17 && !/[^0-9.]/.test(s) && s >= 0,
  isQuarterTurn = s => has(['0', '90', '180', '270'], s),
  looks = crop => has(['smart', 'faces', 'entropy', 'edges'], crop),
  isIn = (x, lo, hi) => x >= lo && x <= hi;

function readTransform(vs, format) {
  const
    need = (ok, p) => ok || bad(p, vs[p], takes[p]),
    integer = (p, hi) => vs[p] ? need(isWhole(vs[p]) && isIn(+vs[p], 1, hi), p) && +vs[p] : 0,
    word = (p, words, absent) => vs[p] ? need(words[vs[p]], p) : absent,
    list = cut(vs.crop || '', ',');
  const t = {
    fit: word('fit', fits, ''), crop: list[1] && looks(list[0]) ? list[0] : word('crop', crops, center),
    q: vs.q === auto ? vs.q : integer('q', 100), fm: word('fm', formats, format), rot: vs.rot > 0 && vs.rot,
  };
  if (vs.auto) {
    elements(vs.auto).forEach(word => {
      need(word === 'format' || word === 'compress' || !settings.strict, auto);
      if (word === 'format') t.fm = auto;
    });
  }
  if (vs.dpr) need(isNumber(vs.dpr) && isIn(+vs.dpr, 0.5, 5), 'dpr');
  readSize(vs, t, vs.dpr || 1, integer('w', side), integer('h', side));
  t.fit = t.fit || inside;
  return t;
}

// readSize sets the box: w and h, or one of them and a shape, times dpr.
function readSize(vs, t, dpr, w, h) {
  const times = n => n && highest(1, floor(n * dpr + 0.5)), of = x => Math.min(highest(floor(x + 0.5), 1), side);
  if (vs.ar) {
    const parts = cut(vs.ar, ':');
    if (!parts.every(s => s && isNumber(s) && s > 0 && s <= 1000) || !w && !h || w && h && settings.strict) bad('ar', vs.ar, takes.ar);
    const ratio = parts[0] / parts[1];
    if (!w || !h) t.fit = t.fit || 'cover';
    if (!h) h = of(w / ratio);
    else if (!w) w = of(h * ratio);
  }
  t.w = times(w);
  t.h = times(h);
}

// nameOf returns the normal form of a transform: the fields that have an effect, in a fixed order.
function nameOf(t) {
  if (/hash/.test(t.fm)) {
    t.q = 0;
    if (!t.w || !t.h || /side/.test(t.fit)) t.w = t.h = 0; // inside, outside: the shape is the image's
  }
  const fit = t.w && t.h ? t.fit : inside, crop = fit === 'cover' && t.crop !== 'focalpoint' ? t.crop : center;
  const fields = [
    t.w && 'w=' + t.w,
    t.h && 'h=' + t.h,
    fit !== inside && 'fit=' + fit,
    crop !== center && 'crop=' + crop,
    t.q && t.fm !== 'png' && t.fm !== 'gif' && 'q=' + t.q,
    t.rot && 'rot=' + t.rot,
  ];
  return (fields.filter(f => f).join(',') || 'full') + '.' + t.fm;
}

// readName parses a normal form, and refuses every name that nameOf does not write.
function readName(s) {
  const t = { w: 0, h: 0, fit: inside, crop: center, q: 0, fm: formatOf(s) };
  elements(s.slice(0, -t.fm.length - 1)).forEach(field => {
    const kv = cut(field, '='), k = kv[0], v = kv[1];
    if (k === 'fit') t.fit = fits[v] || inside;
    else if (k === 'crop') t.crop = crops[v] || center;
    else if (field === 'q=auto') t.q = v;
    else if (isWhole(v)) t[k] = +v;
  });
  const ok = (p, lo, hi) => t[p] === 0 || isIn(t[p], lo, hi);
  if (!ok('w', 1, side) || !ok('h', 1, side) || t.q !== auto && !ok('q', 1, 100) || formats[t.fm] !== t.fm || nameOf(t) !== s) {
    bad('path', s, 'a transform in normal form, as w=480,q=75.webp');
  }
  return t;
}

// Unsigned requests are snapped to the ladder, so that they can create only so many variants of an original.
const
  up = n => widths.find(w => w >= n) || widths[widths.length - 1],
  heightAt = (w, r) => floor((2 * w * r[1] + r[0]) / (2 * r[0])),
  isCommon = crop => crop !== 'focalpoint' && !has(crop, '-');

function snap(t) {
  const shape = t.w / t.h;
  if (t.w) t.w = up(t.w);
  if (t.h) t.h = up(t.h);
  if (t.w && t.h) {
    const far = r => highest(shape / (r[0] / r[1]), r[0] / r[1] / shape);
    const best = ratios.reduce((m, n) => far(n) < far(m) ? n : m);
    let i = widths.indexOf(t.w);
    while (i > 0 && !isIn(heightAt(widths[i], best), 1, side)) i--;
    t.w = widths[i];
    t.h = heightAt(t.w, best);
  }
  if (+t.q) {
    const far = q => Math.abs(q - t.q) - q / 1e4; // prefers the higher of two that are equally far
    t.q = settings.steps.reduce((m, n) => far(n) < far(m) ? n : m);
  }
}

// fitSides scales a box down that dpr made larger than a transform can hold.
function fitSides(t) {
  const most = highest(t.w, t.h),
    within = n => n && most > side ? highest(1, floor(n * side / most)) : n;
  t.w = within(t.w);
  t.h = within(t.h);
}

function isOnLadder(t) {
  const isRung = n => !n || has(widths, n);
  return !settings.only && isCommon(t.crop) && isRung(t.w) &&
    (!+t.q || has(settings.steps, t.q)) &&
    (t.w && t.h ? ratios.some(r => heightAt(t.w, r) === t.h) : isRung(t.h));
}

// accepts reports whether Accept names a type itself, not by a wildcard, with a weight above 0.
function accepts(accept, type) {
  const mine = elements(accept).map(s => cut(s, ';')).find(kv => kv[0].trim().toLowerCase() === type);
  return mine && !mine[1].split(';').some(p => /^q=[0.]*(?![\s\S])/i.test(swap(p, ' ', '')));
}

// The parameters that a signature may leave open, by any, come first. With rot, unsigned URLs may have them.
const open = params.slice(0, 9);

// canonical returns a query with its pairs sorted and spelled in one way, without some parameters.
const canonical = (raw, without) => raw.split('&').filter(pair => pair).map(pair => cut(pair, '=').map(plain))
  .filter(kv => !has(without, names[kv[0]])).map(kv => kv.map(encode).join('=')).sort().join('&');

// isSigned reports whether a signature is that of a text, as grammar.Sign makes it, under one of the keys. There is no
// comparison in constant time here, so it compares the HMACs of the HMACs: the time that takes depends on values that nobody
// can predict.
async function isSigned(given, text) {
  if (settings.sign === 'off') return false;
  let keys;
  try {
    keys = await cf.kvs().get('sign-keys');
  } catch (e) {
    refuse(503, 'keys unreachable', 0);
  }
  return elements(keys).some(key => {
    const tag = s => crypto.createHmac('sha256', key).update(s).digest('base64url');
    return tag(tag(text)) === tag(given.replace(/=+(?![\s\S])/, ''));
  });
}

async function isTrusted(vs, path, raw) {
  if (!vs.s) {
    if (settings.sign === 'required') unsigned('every image');
    return settings.exact;
  }
  const any = vs.any ? elements(vs.any) : [];
  if (!any.every(p => has(open, p))) bad('any', vs.any, takes.any);
  if (!await isSigned(vs.s, encodePath(path) + '?' + canonical(raw, any.concat('s'))))
    refuse(403, 'the signature in s does not match this URL', day);
  const at = vs.expires || '0';
  if (!isWhole(at) || at > 2 ** 40) bad('expires', at, takes.expires);
  if (+at && Date.now() >= at * 1000) refuse(403, 'this URL has expired', day);
  return true;
}

// negotiate returns the best format that is encoded and that Accept names.
const negotiate = accept =>
  ['avif', 'webp'].find(fm => has(encodes, fm) && accepts(accept, 'image/' + fm)) || auto;

// image and variant return the key of an original as a part of a path, the parameters, the format, and the name of the variant.
async function image(key, raw, accept) {
  const encodedKey = checkKey(key), vs = readQuery(raw, names, takes.query), isTrustedURL = await isTrusted(vs, '/img/' + key, raw), given = params.filter(p => vs[p]);
  if (!isTrustedURL) {
    if (settings.only && !vs.preset) unsigned('every image without a preset');
    const allowed = vs.preset ? besidePreset : open.concat('rot');
    given.forEach(p => {
      if (!has(allowed, p)) unsigned(vs.preset ? p + ' beside a preset' : p);
      if (p === 'rot' && isRelayed(p, vs.rot)) unsigned('rot by other than quarter turns');
    });
  }
  const preset = vs.preset && findPreset(vs.preset);
  if (given.some(p => isRelayed(p, vs[p]) || preset && !has(besidePreset, p) && !signature[p])) {
    // The service understands the rest, so the path of its answer has the whole query.
    const name = '?' + canonical(raw, ['s', 'expires']) + '.' + negotiate(accept);
    return [encodedKey, vs, auto, encodePath(name)];
  }
  const t = readTransform(vs, preset ? preset[1] : auto);
  if (!isTrustedURL && !isCommon(t.crop)) unsigned('crop=' + vs.crop);
  if ((isTrustedURL || preset) && !vs.any) fitSides(t);
  else snap(t);
  if (t.fm === auto) t.fm = negotiate(accept);
  return [encodedKey, vs, t.fm, preset ? presetName(key, preset, t.fm) : addMark(key, nameOf(t))];
}

async function variant(path, raw) {
  const slash = path.lastIndexOf('/');
  if (slash < 0) badKey();
  const key = path.slice(0, slash), name = path.slice(slash + 1);
  const encodedKey = checkKey(key), vs = readQuery(raw, signature, takes.signature), isTrustedURL = await isTrusted(vs, '/v/' + path, raw);
  const bare = isTrustedURL ? name : cutMark(key, name), marked = isTrustedURL ? name : addMark(key, bare);
  const ofPreset = [name, marked].find(s => presets.some(preset => presetName(key, preset, formatOf(s)) === s));
  if (bare[0] === '?' || elements(bare).some(field => {
    const kv = cut(field, '=');
    return isRelayed(names[kv[0]], kv[1].replace(/[.][^.]*(?![\s\S])/, ''));
  })) {
    if (!isTrustedURL && !ofPreset) unsigned(name);
    return [encodedKey, vs, auto, ofPreset || encodePath(name)];
  }
  const t = readName(bare);
  if (!isTrustedURL && !isOnLadder(t) && !ofPreset) unsigned(name);
  return [encodedKey, vs, t.fm, ofPreset || marked];
}

function answer(r, accept) {
  const json = has(accept, 'json');
  return {
    statusCode: r.status,
    headers: {
      'content-type': { value: json ? 'application/json' : 'text/plain; charset=utf-8' },
      'cache-control': { value: r.seconds ? 'public, max-age=' + r.seconds : 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
    },
    body: { encoding: 'text', data: json ? JSON.stringify({ error: r.message }) : r.message + '\n' },
  };
}

async function handler(event) {
  const request = event.request, headers = request.headers, accept = (headers.accept || { value: '' }).value;
  delete headers[signedHeader]; // the service must get it from here only, not from the viewer
  try {
    const query = request.rawQueryString() || '', raw = toBytes(query);
    const parts = /^\/(img|v)\/([\s\S]*)/.exec(request.uri);
    if (!parts) refuse(404, 'no such image', 10);
    const path = decode(toBytes(parts[2]));
    if (path === null) badKey();
    const found = await (parts[1] === 'v' ? variant : image)(path, raw, accept);
    if (!has(encodes, found[2])) bad('fm', found[2], 'on this server ' + encodes.join(', '));
    if (found[1].s) {
      const url = encodeURI(request.uri + '?' + query);
      headers[signedHeader] = { value: url.replace(/%(2[1-9A-F]|[3-6].|7[^F])/g, fromHex) };
    }
    request.uri = '/v/' + found[0] + '/' + found[3];
    // A path that needs no percent-encoding, for those who don't agree about it when they sign requests. A ~, escaped, before the name
    // of the variant tells it from the path of a key that has ~20 in it. See cache.EscapePath.
    if (settings.escape) request.uri = swap(swap(request.uri, '~', '~7E'), '%', '~').replace(/^(?=.*~).*\//, '$&~7E');
    request.querystring = {};
    return request;
  } catch (e) {
    if (!e.status) throw e;
    return answer(e, accept);
  }
}
