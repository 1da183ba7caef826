// Files as one zip archive, stored as they are: both sets travel as one body.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const UTF8 = 0x0800;
const MOST_FILES = 65_000;

function checksum(bytes) {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) {
    value = TABLE[(value ^ bytes[at]) & 255] ^ (value >>> 8);
  }
  return (value ^ 0xffffffff) >>> 0;
}

// The fields that a local header and the directory share, after their signatures and versions.
function shared(view, at, entry) {
  view.setUint16(at, UTF8, true);
  view.setUint32(at + 8, entry.crc, true);
  view.setUint32(at + 12, entry.size, true);
  view.setUint32(at + 16, entry.size, true);
  view.setUint16(at + 20, entry.name.length, true);
}

function local(entry) {
  const view = new DataView(new ArrayBuffer(30));
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, 20, true);
  shared(view, 6, entry);
  return [view.buffer, entry.name];
}

function listed(entry) {
  const view = new DataView(new ArrayBuffer(46));
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true);
  view.setUint16(6, 20, true);
  shared(view, 8, entry);
  view.setUint32(42, entry.offset, true);
  return [view.buffer, entry.name];
}

function end(entries, size, offset) {
  const view = new DataView(new ArrayBuffer(22));
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries.length, true);
  view.setUint16(10, entries.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return view.buffer;
}

// `files` are { path, file }; `done` is told how many have been packed.
export async function zipped(files, done = () => {}) {
  if (files.length > MOST_FILES) throw new RangeError(`${files.length} files are too many`);
  const parts = [];
  const entries = [];
  let offset = 0;
  for (const { path, file } of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const entry = {
      name: new TextEncoder().encode(path), crc: checksum(bytes), size: bytes.length, offset,
    };
    entries.push(entry);
    parts.push(...local(entry), file);
    offset += 30 + entry.name.length + entry.size;
    done(entries.length);
  }
  const directory = entries.flatMap(listed);
  const size = entries.reduce((sum, entry) => sum + 46 + entry.name.length, 0);
  return new Blob([...parts, ...directory, end(entries, size, offset)], { type: "application/zip" });
}
