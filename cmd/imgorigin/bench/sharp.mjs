// Reads requests, a line of JSON each, resizes with sharp, and writes a line of JSON with what each cost.
import {createRequire} from 'node:module';
import {readFileSync, writeFileSync} from 'node:fs';
import {createInterface} from 'node:readline';

const require = createRequire(process.argv[2] + '/');
const sharp = require('sharp');
sharp.concurrency(1);
sharp.cache(false);

const respond = (response) => process.stdout.write(JSON.stringify(response) + '\n');
const statusMB = (name) => {
  try {
    return Number(readFileSync('/proc/self/status', 'utf8').match(new RegExp(name + ':\\s+(\\d+)'))[1]) / 1024;
  } catch {
    return 0;
  }
};

let body;

// options returns how to write a format. With a quality, sharp reduces a PNG to a palette, which imgorigin does not.
const options = (format, encoding) => (format === 'png' ? {compressionLevel: 6, adaptiveFiltering: true} : encoding);

async function resize({width, format, ...encoding}) {
  const image = sharp(body).autoOrient().resize({width, withoutEnlargement: true});
  return image.toFormat(format, options(format, encoding)).toBuffer();
}

async function measure({transforms, out, memory}) {
  let before = 0;
  if (memory) {
    try {
      writeFileSync('/proc/self/clear_refs', '5');
      before = statusMB('VmRSS');
    } catch {
      memory = false;
    }
  }
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  const results = [];
  for (const transform of transforms) {
    results.push(await resize(transform));
  }
  const wall = Number(process.hrtime.bigint() - began) / 1e6;
  const used = process.cpuUsage(cpu);
  results.forEach((result, i) => out && writeFileSync(`${out}/${i}`, result));
  return {
    cpu: (used.user + used.system) / 1e3, wall, mb: memory ? Math.max(0, statusMB('VmHWM') - before) : 0,
    bytes: results.reduce((sum, result) => sum + result.length, 0),
  };
}

respond({versions: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, node ${process.version}`});
for await (const line of createInterface({input: process.stdin})) {
  const request = JSON.parse(line);
  try {
    if (request.file) {
      body = readFileSync(request.file);
      respond({});
    } else {
      respond(await measure(request));
    }
  } catch (err) {
    respond({error: String(err.message ?? err)});
  }
}
