
// The tests append this file to the edge function. It runs the unchanged function in nginx's njs, with the events that
// CloudFront would pass to it.

function eventOf(r) {
  const target = r.variables.request_uri, at = target.indexOf('?');
  const headers = {};
  Object.keys(r.headersIn).forEach(name => { headers[name.toLowerCase()] = { value: r.headersIn[name] }; });
  return {
    version: '1.0',
    context: { eventType: 'viewer-request' },
    viewer: { ip: r.remoteAddress },
    request: {
      method: r.method,
      uri: at < 0 ? target : target.slice(0, at),
      querystring: {},
      headers: headers,
      cookies: {},
      rawQueryString: () => at < 0 ? undefined : target.slice(at + 1),
    },
  };
}

const signedOf = request => (request.headers['x-imgorigin-signed'] || { value: '' }).value;

// serve answers a request that the function refuses itself, and passes any other to the cache.
async function serve(r) {
  const result = await handler(eventOf(r));
  if (!result.statusCode) {
    r.variables.edge_path = result.uri;
    r.variables.edge_signed = signedOf(result);
    r.internalRedirect('@cache');
    return;
  }
  Object.keys(result.headers).forEach(name => { r.headersOut[name] = result.headers[name].value; });
  r.return(result.statusCode, result.body.data);
}

// explain answers with the result of the function, for the tests.
async function explain(r) {
  const result = await handler(eventOf(r));
  const value = name => result.statusCode ? result.headers[name].value : '';
  r.headersOut['Content-Type'] = 'application/json';
  r.return(200, JSON.stringify({
    path: result.statusCode ? '' : result.uri,
    signed: result.statusCode ? '' : signedOf(result),
    status: result.statusCode || 0,
    body: result.statusCode ? result.body.data : '',
    contentType: value('content-type'),
    cacheFor: value('cache-control'),
  }));
}

export default { serve, explain };
