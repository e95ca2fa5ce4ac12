/** UTF-8, one code point at a time. */

/** Writes a code point as UTF-8; gives the position after it. A lone surrogate becomes U+FFFD. */
export function writePoint(to: usize, point: i32): usize {
  if (point < 0x80) {
    store<u8>(to, <u8>point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, <u8>(0xc0 | (point >> 6)));
    store<u8>(to, <u8>(0x80 | (point & 63)), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    store<u8>(to, <u8>(0xe0 | (point >> 12)));
    store<u8>(to, <u8>(0x80 | ((point >> 6) & 63)), 1);
    store<u8>(to, <u8>(0x80 | (point & 63)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (point >> 18)));
  store<u8>(to, <u8>(0x80 | ((point >> 12) & 63)), 1);
  store<u8>(to, <u8>(0x80 | ((point >> 6) & 63)), 2);
  store<u8>(to, <u8>(0x80 | (point & 63)), 3);
  return to + 4;
}

/** Length and code point of the character at `at`; a byte that begins none counts as itself. */
let pointLength: usize = 1;
export function decodePoint(at: usize, end: usize): i32 {
  const first = <i32>load<u8>(at);
  pointLength = 1;
  if (first < 0x80) return first;
  const left = end - at;
  if (first >= 0xc2 && first < 0xe0 && left > 1) {
    const b = <i32>load<u8>(at, 1);
    if ((b & 0xc0) !== 0x80) return -1;
    pointLength = 2;
    return ((first & 31) << 6) | (b & 63);
  }
  if (first >= 0xe0 && first < 0xf0 && left > 2) {
    const b = <i32>load<u8>(at, 1);
    const c = <i32>load<u8>(at, 2);
    if ((b & 0xc0) !== 0x80 || (c & 0xc0) !== 0x80) return -1;
    pointLength = 3;
    return ((first & 15) << 12) | ((b & 63) << 6) | (c & 63);
  }
  if (first >= 0xf0 && first < 0xf5 && left > 3) {
    const b = <i32>load<u8>(at, 1);
    const c = <i32>load<u8>(at, 2);
    const d = <i32>load<u8>(at, 3);
    if ((b & 0xc0) !== 0x80 || (c & 0xc0) !== 0x80 || (d & 0xc0) !== 0x80) return -1;
    pointLength = 4;
    return ((first & 7) << 18) | ((b & 63) << 12) | ((c & 63) << 6) | (d & 63);
  }
  return -1;
}
export function decodedBytes(): usize {
  return pointLength;
}
