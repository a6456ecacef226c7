// Stands in for CloudFront's own module, of which the function uses only the KeyValueStore.
const entries = @@ENTRIES@@;

async function get(name) {
  if (entries[name] === undefined) throw new Error('KeyNotFound');
  return entries[name];
}

export default { kvs: () => ({ get }) };
