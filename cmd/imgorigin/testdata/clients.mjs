// Prints a URL by each client library, below the path at which the test mounts its dialect.
import { createRequire } from 'node:module';
import { transformUrl } from 'unpic';

const require = createRequire(import.meta.url);
const ImgixClient = require('@imgix/js-core');
const Thumbor = require('thumbor');
const cloudinary = require('cloudinary').v2;
const { generateImageUrl } = require('@imgproxy/imgproxy-node');

const print = (name, mount, url) => {
  const u = new URL(url, 'http://localhost');
  console.log(name + ' ' + mount + u.pathname + u.search);
};

const imgix = new ImgixClient({ domain: 'photos.imgix.net', secureURLToken: 'imgix-token' });
print('imgix', '/imgix', imgix.buildURL('cat.jpg', { w: 333, h: 222, fit: 'crop', fm: 'jpg' }));
print('imgix-path', '/imgix', imgix.buildURL('a b/ü.jpg', { w: 333, h: 222, fit: 'crop', fm: 'jpg' }));
for (const displayAs of ['plain', 'base64']) {
  print('imgproxy-' + displayAs, '/imgproxy', generateImageUrl({
    endpoint: 'http://localhost', url: { value: 's3://photos/a b/ü.jpg', displayAs },
    options: { resizing_type: 'fill', width: 333, height: 222, format: 'jpg' }, key: '943b421c9eb07c83', salt: '520f986b998545b4',
  }));
}
const thumbor = new Thumbor('thumbor-key', 'http://localhost');
print('thumbor', '/thumbor', thumbor.setImagePath('cat.jpg').resize(333, 222).filter('format(jpeg)').buildUrl());
cloudinary.config({ cloud_name: 'demo', api_secret: 'cloudinary-secret', secure: true });
const options = { width: 333, height: 222, crop: 'fill', fetch_format: 'jpg', sign_url: true, urlAnalytics: false };
print('cloudinary', '', cloudinary.url('cat.jpg', options));
print('cloudinary-path', '', cloudinary.url('a b/ü.jpg', { ...options, long_url_signature: true }));

for (const [provider, url] of Object.entries({
  ipx: '/_ipx/_/cat.jpg', nextjs: '/cat.jpg', cloudflare: 'https://localhost/cdn-cgi/image/w=1/cat.jpg',
  cloudinary: 'https://res.cloudinary.com/demo/image/upload/cat.jpg', imgix: 'https://photos.imgix.net/cat.jpg',
})) {
  const mount = provider === 'imgix' ? '/imgix' : '';
  print('unpic-' + provider, mount, transformUrl({ url, provider, width: 480, height: 360, format: 'jpg' }));
}

const { default: nextLoader } = require('./next/dist/shared/lib/image-loader.js');
const nextConfig = { path: '/_next/image', deviceSizes: [640], imageSizes: [], qualities: [75] };
print('next', '', nextLoader({ config: nextConfig, src: '/cat.jpg', width: 640, quality: 75 }));
print('next-path', '', nextLoader({ config: nextConfig, src: '/a b/ü.jpg', width: 640 }));

const modifiers = () => ({ width: 480, height: 360, format: 'jpg' });
const context = { options: { nuxt: { baseURL: '/' } } };
for (const [provider, mount, fit] of [['ipx', '', 'cover'], ['cloudflare', '', 'cover'], ['imgix', '/imgix', 'crop']]) {
  const { getImage } = await import(`./nuxt/dist/runtime/providers/${provider}.js`);
  for (const src of ['/cat.jpg', '/a b/ü.jpg']) {
    const options = { modifiers: { ...modifiers(), fit }, baseURL: provider === 'ipx' ? undefined : '/' };
    print('nuxt-' + provider, mount, getImage(src, options, context).url);
  }
}
