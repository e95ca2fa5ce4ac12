/** The message bodies of a Harmony text that a view takes in. */
import { allocate } from "../memory";
import { textBytes, textStart } from "./text";

/** Start and end of each body, relative to the text. */
let bodies: usize = 0;
let bodyCount: i32 = 0;
let bodyRoom: i32 = 0;
let completionLength: i32 = 0;

/** How many bodies the view takes in. */
export function bodiesFound(): i32 {
  return bodyCount;
}
export function bodyStart(i: i32): usize {
  return textStart() + <usize>load<u32>(bodies + ((<usize>i) << 3));
}
export function bodyEnd(i: i32): usize {
  return textStart() + <usize>load<u32>(bodies + ((<usize>i) << 3), 4);
}
/** Bytes that the assistant wrote, whatever the view; of a text that is no Harmony, all. */
export function completionBytes(): i32 {
  return completionLength;
}

/** Roles that a view takes in. */
const OTHERS: i32 = 1;
const ASSISTANT: i32 = 2;

/** The next `<|` at or after `at`, or `end`. */
function nextSpecial(at: usize, end: usize): usize {
  const less = i8x16.splat(0x3c);
  const bar = i8x16.splat(0x7c);
  while (at < end) {
    const hits = i8x16.bitmask(v128.and(i8x16.eq(v128.load(at), less), i8x16.eq(v128.load(at, 1), bar)));
    if (hits !== 0) return min(at + <usize>ctz(hits), end);
    at += 16;
  }
  return end;
}

const LONGEST: usize = 11; // <|message|>

/** `s` start, `m` message, `e` end, return or call; 0 for anything else. `at` stands at `<|`. */
function specialAt(at: usize, end: usize): i32 {
  if (at + 7 > end) return 0;
  const word = load<u32>(at, 2);
  if (word === 0x7c646e65) return load<u8>(at, 6) === 0x3e ? 0x65 : 0; // end|>
  if (at + 8 > end) return 0;
  if (word === 0x6c6c6163) return load<u16>(at, 6) === 0x3e7c ? 0x65 : 0; // call|>
  if (word === 0x72617473)
    return at + 9 <= end && load<u8>(at, 6) === 0x74 && load<u16>(at, 7) === 0x3e7c ? 0x73 : 0;
  if (word === 0x75746572) return at + 10 <= end && load<u32>(at, 6) === 0x3e7c6e72 ? 0x65 : 0; // return|>
  if (word === 0x7373656d && at + LONGEST <= end)
    return load<u32>(at, 6) === 0x7c656761 && load<u8>(at, 10) === 0x3e ? 0x6d : 0; // message|>
  return 0;
}

function addBody(from: usize, to: usize): void {
  if (bodyCount * 2 + 2 > bodyRoom) {
    const before = bodies;
    bodyRoom = max(bodyRoom * 2, 1024);
    bodies = allocate(<usize>bodyRoom * 4);
    memory.copy(bodies, before, <usize>bodyCount * 8);
  }
  store<u32>(bodies + <usize>bodyCount * 8, <u32>(from - textStart()));
  store<u32>(bodies + <usize>bodyCount * 8, <u32>(to - textStart()), 4);
  bodyCount++;
}

/**
 * Finds the bodies that the view takes in: 0 the whole text as it stands; else bits of OTHERS (user, tool), ASSISTANT, 4
 * (system, developer). A text that is no Harmony is one body, said by the assistant.
 */
export function findBodies(view: i32): void {
  const text = textStart();
  const textLength = textBytes();
  bodyCount = 0;
  completionLength = textLength;
  const end = text + <usize>textLength;
  if (view === 0 || textLength < 9 || specialAt(text, end) !== 0x73 || load<u16>(text) !== 0x7c3c) {
    if (view === 0 || (view & ASSISTANT) !== 0) addBody(text, end);
    return;
  }
  completionLength = 0;
  let at = text;
  while (at < end) {
    if (specialAt(at, end) !== 0x73) {
      at = nextSpecial(at + 1, end);
      continue;
    }
    const role = load<u32>(at, 9);
    let kind = OTHERS;
    if (role === 0x69737361)
      kind = ASSISTANT; // assi
    else if (role === 0x74737973 || role === 0x65766564) kind = 4; // syst, deve
    at = nextSpecial(at + 9, end);
    while (at < end && specialAt(at, end) !== 0x6d && specialAt(at, end) !== 0x73)
      at = nextSpecial(at + 2, end);
    if (at >= end || specialAt(at, end) === 0x73) continue;
    at += LONGEST;
    const from = at;
    at = nextSpecial(at, end);
    while (at < end && specialAt(at, end) !== 0x65 && specialAt(at, end) !== 0x73)
      at = nextSpecial(at + 2, end);
    if (kind === ASSISTANT) completionLength += <i32>(at - from);
    if ((kind & view) !== 0) addBody(from, at);
  }
}
