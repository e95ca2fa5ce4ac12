/** The sketch and its bands against theory, with fixed seeds. */
import { describe, expect, it } from "vitest";
import { leastAgreement, shareFound } from "../../kernel-lib/dedup/lsh-theory";
import { DEFAULT_SETTINGS } from "../../kernel-lib/dedup/settings";
import { BATCH_ROWS } from "../../kernel-lib/dedup/sign-module";
import { configured } from "../../kernel-lib/dedup/sign-task";
import { randomFrom } from "./reference";

const { hashes, bands, rowsPerBand } = DEFAULT_SETTINGS;

function sketcher() {
  const module = configured({ ...DEFAULT_SETTINGS, view: "text", ngram: 1 }, ["text"]);
  return (text: string) => {
    const bytes = Buffer.from(text);
    const at = module.input(bytes.length);
    new Uint8Array(module.memory.buffer).set(bytes, at);
    module.clearRows();
    module.signText(bytes.length);
    return {
      values: new Uint32Array(module.memory.buffer, module.sketchValues(), hashes).slice(),
      keys: Array.from({ length: bands }, (_, band) =>
        new BigUint64Array(module.memory.buffer, module.keyColumn() + band * BATCH_ROWS * 8, 1).at(0),
      ),
    };
  };
}

/** Two texts of distinct words of which `both` are common. */
function pair(random: () => number, both: number, only: number): [string, string] {
  const tag = Math.floor(random() * 1e9).toString(36);
  const words = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${tag}${name}${i}`);
  const common = words("c", both);
  return [[...common, ...words("a", only)].join(" "), [...common, ...words("b", only)].join(" ")];
}

describe("the share of equal values", () => {
  const sketch = sketcher();

  it.each([
    [8, 1, 400],
    [40, 5, 400],
    [160, 20, 400],
    [100, 50, 400],
    [30, 90, 400],
    [2000, 250, 60],
  ])(
    "estimates the similarity of sets with %i common members and %i of their own without bias",
    (both, only, pairs) => {
      const random = randomFrom(both * 1000 + only);
      const similarity = both / (both + 2 * only);
      let equal = 0;
      let squares = 0;
      for (let i = 0; i < pairs; i++) {
        const [a, b] = pair(random, both, only).map(sketch);
        const same = a!.values.filter((value, k) => value === b!.values[k]).length / hashes;
        equal += same;
        squares += (same - similarity) ** 2;
      }
      // The variance of a sketch of independent values; one without replacement, as this, has no more.
      const sigma = Math.sqrt((similarity * (1 - similarity)) / hashes);
      expect(Math.abs(equal / pairs - similarity)).toBeLessThan((4 * sigma) / Math.sqrt(pairs));
      expect(Math.sqrt(squares / pairs)).toBeLessThan(1.25 * sigma);
    },
  );

  it("is 1 for the same set in another order, words repeated", () => {
    const a = sketch("a b c d e f g");
    expect([...sketch("g g f e d c b a a").values]).toEqual([...a.values]);
  });

  it("is 0 for sets without common members", () => {
    const random = randomFrom(3);
    const [a, b] = pair(random, 0, 500).map(sketch);
    expect(a!.values.filter((value, k) => value === b!.values[k]).length).toBe(0);
  });
});

describe("bands", () => {
  it.each([0.5, 0.6, 0.7, 0.8, 0.9])("find pairs of similarity %f as the S-curve says", (wanted) => {
    const sketch = sketcher();
    const random = randomFrom(Math.round(wanted * 100));
    const both = 100;
    const only = Math.round((both / wanted - both) / 2);
    const similarity = both / (both + 2 * only);
    const pairs = 1500;
    let found = 0;
    for (let i = 0; i < pairs; i++) {
      const [a, b] = pair(random, both, only).map(sketch);
      if (a!.keys.some((key, band) => key === b!.keys[band])) found++;
    }
    const expected = shareFound(similarity, bands, rowsPerBand);
    const sigma = Math.sqrt((expected * (1 - expected)) / pairs);
    expect(Math.abs(found / pairs - expected)).toBeLessThan(4 * sigma + 0.01);
  });

  it("have the shares that the textbook gives", () => {
    expect(shareFound(0.8, 20, 5)).toBeCloseTo(0.9996, 4);
    expect(shareFound(0.8, 21, 6)).toBeCloseTo(0.9983, 4);
    expect(shareFound(0.8, 16, 8)).toBeCloseTo(0.947, 2);
  });
});

describe("the prefilter", () => {
  it("passes over fewer pairs at the threshold than stated", () => {
    const least = leastAgreement(0.8, 128);
    const random = randomFrom(5);
    let lost = 0;
    for (let i = 0; i < 50_000; i++) {
      let agree = 0;
      for (let k = 0; k < 128; k++) if (random() < 0.8 + 0.2 / 256) agree++;
      if (agree < least) lost++;
    }
    expect(least).toBeGreaterThan(80);
    expect(lost / 50_000).toBeLessThan(1 / 2500);
  });
});
