// A loader for next/image. In next.config.js:
//
//	images: {
//	  loader: 'custom',
//	  loaderFile: './next-image-loader.js',
//	  imageSizes: [32, 64, 96, 128, 160, 320, 480], // the ladder
//	  deviceSizes: [640, 750, 828, 1080, 1200, 1920, 2048, 3840], // the rest of it, which is Next's own default
//	}
//
// Then <Image src="2026/cat.jpg" width={1200} height={800} sizes="50vw" alt="A cat" /> requests
// /img/2026/cat.jpg?w=640&q=75 and so on. The format depends on the browser's Accept header.

// The origin of the service, such as https://d111111abcdef8.cloudfront.net; '' is the origin of the page.
const origin = '';

export default function imgorigin({ src, width, quality }) {
  const [key, parameters] = src.split('?'); // src may have parameters: cat.jpg?fit=cover&crop=smart
  const query = new URLSearchParams(parameters);
  query.set('w', width);
  if (quality) query.set('q', quality);
  return `${origin}/img/${key.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}?${query}`;
}
