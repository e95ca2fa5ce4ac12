/** log Σ exp of a row of logits, four lanes at a time. AssemblyScript; compiled to dist/score/log-sum-exp.wasm. */

/** Vectors whose terms are added in float32 before the sum goes on in float64: errors stay at float32's last bit. */
const BLOCK: i32 = 8;

/** What is smaller than the largest term by this many nats counts as 0 in float32, and in the sum. */
const FLOOR: f32 = -87.0;

/** Where the row stands: all the memory that there is after the module's own. */
const row: usize = (__heap_base + 15) & ~15;

/** Room for a row of `count` logits; its address. */
export function input(count: i32): usize {
  const pages = <i32>((row + ((<usize>count) << 2) + 0xffff) >> 16);
  const missing = pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) unreachable();
  return row;
}

/** log Σ exp(x) over the first `count` logits of the row. NaN when one of them is NaN or +∞, or all are −∞. */
export function logSumExp(count: i32): f64 {
  const rest = count & 3;
  const whole = count - rest;
  const vectors = whole >> 2;
  // The last vector is filled up with what counts as nothing.
  let last = f32x4.splat(-Infinity);
  if (rest > 0) last = f32x4.replace_lane(last, 0, load<f32>(row + ((<usize>whole) << 2)));
  if (rest > 1) last = f32x4.replace_lane(last, 1, load<f32>(row + ((<usize>whole) << 2), 4));
  if (rest > 2) last = f32x4.replace_lane(last, 2, load<f32>(row + ((<usize>whole) << 2), 8));

  let highest = last;
  for (let i = 0; i < vectors; i++) highest = f32x4.max(highest, v128.load(row + ((<usize>i) << 4)));
  const a = f32x4.max(highest, v128.shuffle<f32>(highest, highest, 2, 3, 0, 1));
  const b = f32x4.max(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
  const max = f32x4.extract_lane(b, 0);
  if (!(abs(max) < Infinity)) return NaN;

  const shift = f32x4.splat(max);
  let sum = f64x2.splat(0);
  for (let i = 0; i < vectors; ) {
    const end = min(i + BLOCK, vectors);
    let part = f32x4.splat(0);
    for (; i < end; i++) part = f32x4.add(part, exp(f32x4.sub(v128.load(row + ((<usize>i) << 4)), shift)));
    sum = f64x2.add(sum, wide(part));
  }
  sum = f64x2.add(sum, wide(exp(f32x4.sub(last, shift))));
  return <f64>max + Math.log(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/** The four lanes as two float64 sums. */
function wide(part: v128): v128 {
  return f64x2.add(
    f64x2.promote_low_f32x4(part),
    f64x2.promote_low_f32x4(v128.shuffle<f32>(part, part, 2, 3, 0, 1)),
  );
}

/** exp of lanes at or below 0, within 2 units of the last place (Cephes' expf). */
function exp(value: v128): v128 {
  const x = f32x4.max(value, f32x4.splat(FLOOR));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(<f32>Math.LOG2E)));
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))),
    f32x4.mul(n, f32x4.splat(-2.1219444e-4)),
  );
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const found = f32x4.mul(y, power);
  // At the floor it is nothing, so that −∞ adds nothing.
  return v128.and(found, f32x4.gt(value, f32x4.splat(FLOOR)));
}
