/** One linear memory: tables first, then buffers that only grow. Nothing is allocated for a row or a word. */

/** Bytes that may be read past the end of any buffer, so that 16 at a time need no last step of their own. */
export const SLACK: usize = 64;

let top: usize = __heap_base;

/** A region of its own, 16-byte aligned. */
export function allocate(bytes: usize): usize {
  const at: usize = (top + 15) & ~(<usize>15);
  top = at + bytes + SLACK;
  const pages = <i32>((top + 0xffff) >>> 16);
  // In large steps: each one makes the host collect what it believes to be new memory.
  if (pages > memory.size()) memory.grow(max(pages - memory.size(), min(memory.size() >> 2, 1024)));
  if (pages > memory.size()) memory.grow(pages - memory.size());
  if (pages > memory.size()) unreachable();
  return at;
}

/** Bytes used so far. */
export function memoryTop(): usize {
  return top;
}
