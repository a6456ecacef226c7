// CloudFront's own module, as far as the function goes: a KeyValueStore.
const entries = @@ENTRIES@@;

async function get(name) {
  if (entries[name] === undefined) throw new Error('KeyNotFound');
  return entries[name];
}

export default { kvs: () => ({ get }) };
