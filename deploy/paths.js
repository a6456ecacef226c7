// A CloudFront function for viewer requests of /info/ and /srcset/, where the origin is a Lambda function URL. The service parses
// these URLs itself. The function only writes the path without percent-encoding, as edge.js does: ~20 in place of %20.
async function handler(event) {
  const request = event.request;
  // encodeURI leaves ASCII, in which a global replace ends also in njs; see edge.js.
  const path = encodeURI(request.uri).split('%25').join('%');
  request.uri = path.replace(/%[0-9a-f][0-9a-f]|[^\w.\/-]/gi, escaped => {
    const code = escaped[1] ? parseInt(escaped.slice(1), 16) : escaped.charCodeAt(0), c = String.fromCharCode(code);
    return /[\w.\/-]/.test(c) && code < 128 ? c : '~' + (256 + code).toString(16).slice(1).toUpperCase();
  });
  return request;
}
