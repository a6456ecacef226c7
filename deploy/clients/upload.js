// Uploads of photographs that are shrunk in the browser first: of a camera's 12 MB, a page needs less than one.
//
//	import { shrink, upload } from './upload.js';
//
//	const key = await upload(input.files[0], {
//	  ticket: (wanted) => fetch('/my/tickets', { method: 'POST', body: JSON.stringify(wanted) }).then((r) => r.json()),
//	  onProgress: (share) => { bar.value = share; },
//	});
//	img.src = `/img/${key}?w=640`;
//
// The page's own server makes the ticket, by POST /uploads of the service with its token, for {type, size, method}.

// shrink returns a file as a Blob whose longer side has at most so many pixels. Its pixels are upright, so the orientation that a
// camera notes is kept, without the note; colours become sRGB, and the position of the camera is gone too. A file is returned
// as it is if it is small enough, would not get smaller, is animated, or is one that the browser can't read, such as HEIC in
// most: the service reads it.
export async function shrink(file, { most = 3840, quality = 0.9 } = {}) {
  if (await isAnimated(file)) return file;
  let size;
  try {
    size = await sizeOf(file);
  } catch {
    return file;
  }
  const scale = most / Math.max(size.width, size.height);
  if (scale >= 1) return file;
  const width = Math.max(1, Math.round(size.width * scale)), height = Math.max(1, Math.round(size.height * scale));
  const bitmap = await createImageBitmap(file, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  bitmap.close();
  // A JPEG has no transparency to keep. Safari writes no WebP, and a PNG instead.
  const type = file.type === 'image/jpeg' ? file.type : 'image/webp';
  const small = await new Promise((done) => { canvas.toBlob(done, type, quality); });
  canvas.width = 0; // gives the memory back at once, of which iPhones have little for canvases
  return small && small.size < file.size ? small : file;
}

// sizeOf returns the size of an image as it is shown, upright.
async function sizeOf(file) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

// isAnimated reports whether a file may have several frames, of which a canvas would keep the first.
async function isAnimated(file) {
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, 4096).arrayBuffer()));
  return head.startsWith('GIF8') || head.startsWith('\x89PNG') && head.includes('acTL') ||
    head.slice(8, 16) === 'WEBPVP8X' && (head.charCodeAt(20) & 2) !== 0;
}

// upload shrinks a file, asks for a ticket and sends the file to S3. It returns the key of the image, as in /img/<key>, and
// throws if the ticket or S3 refuses it. The share of bytes that are sent, 0 to 1, goes to onProgress; an AbortSignal stops it.
export async function upload(file, { ticket, onProgress = () => {}, signal, ...limits }) {
  const body = await shrink(file, limits);
  signal?.throwIfAborted();
  const issued = await ticket({ type: body.type, size: body.size, method: 'PUT' });
  if (!issued?.url) throw new Error(`no ticket: ${issued?.error ?? 'the server gave none'}`);
  await send(issued, body, onProgress, signal);
  return issued.key;
}

// send makes the request of a ticket: a PUT, or a POST with a form. fetch would not tell the progress.
function send(issued, body, onProgress, signal) {
  let content = body;
  if (issued.fields) {
    content = new FormData();
    for (const [name, value] of Object.entries(issued.fields)) content.append(name, value);
    content.append('file', body); // last: S3 ignores what follows
  }
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(issued.method, issued.url);
    for (const [name, value] of Object.entries(issued.headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onload = () => {
      if (request.status < 300) done();
      else failed(new Error(`S3 answers ${request.status}: ${request.responseText.slice(0, 500)}`));
    };
    request.onerror = () => { failed(new Error('S3 does not answer, or does not allow uploads from this page')); };
    request.onabort = () => { failed(signal.reason); };
    signal?.addEventListener('abort', () => { request.abort(); }, { once: true });
    request.send(content);
  });
}
