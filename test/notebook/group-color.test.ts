import { describe, expect, it } from "vitest";
import { groupColor, groupStyles, NEUTRAL_COLOR } from "../../kernel-lib/notebook/group-color";
import { DOMAINS } from "../../kernel-lib/row";

describe("groupColor", () => {
  it("gives each domain a color of its own", () => {
    expect(new Set(DOMAINS.map(groupColor)).size).toBe(9);
    expect(groupColor("math")).toBe("#0072b2");
    expect([groupColor("other"), groupColor(null)]).toEqual([NEUTRAL_COLOR, NEUTRAL_COLOR]);
  });

  it("follows from the name alone, for any name", () => {
    // Pinned: another color for a name would be another color in every notebook that was saved.
    expect(["part-1", "part-2", "nvidia/x", "", "数学", "__proto__", "constructor"].map(groupColor)).toEqual([
      "#999933",
      "#d55e00",
      "#d55e00",
      "#a03a3a",
      "#cc79a7",
      "#0072b2",
      "#d55e00",
    ]);
  });

  it("uses all eight colors for unknown names", () => {
    const used = new Set(Array.from({ length: 200 }, (_, i) => groupColor(`group ${i}`)));
    expect(used.size).toBe(8);
  });
});

describe("groupStyles", () => {
  it("tells groups of one color apart, whatever their order", () => {
    const names = ["train", "math", null, "on", "other", "code"];
    const styles = groupStyles(names);
    expect(styles.map(({ color }) => color)).toEqual(names.map(groupColor));
    expect(new Set(styles.map(({ color, dash, pattern }) => color + dash + pattern)).size).toBe(6);
    expect(groupStyles([...names].reverse())).toEqual([...styles].reverse());
  });
});
