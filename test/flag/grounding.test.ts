import { describe, expect, it } from "vitest";
import { grounding } from "../../kernel-lib/flag/grounding";
import { flagRow } from "./flag-rows";

const check = (extra: unknown) =>
  flagRow(grounding, "text", {}, { source_extra_json: extra === null ? null : JSON.stringify(extra) });

describe("grounding", () => {
  it.each([
    [null, null, null, []],
    [{ other: 1 }, null, null, []],
    [{ _grounding: { source: "wiki/Bread", passage: "…" }, _verified: true }, true, true, []],
    [{ _grounding: ["https://example.com/a", { url: "https://example.com/b" }] }, true, null, []],
    [{ _grounding: "the passage itself", _verified: false }, true, false, []],
    [{ _grounding: 3 }, false, null, ["grounding_not_object"]],
    [{ _grounding: [] }, false, null, ["grounding_empty"]],
    [{ _grounding: { score: 1 } }, false, null, ["source_missing"]],
    [{ _verified: "yes" }, null, null, ["verified_not_boolean"]],
    [{ _verified: true }, null, true, ["verified_without_grounding"]],
  ])("%j", async (extra, grounded, verified, faults) => {
    expect(await check(extra)).toEqual({ grounded, verified, grounding_faults: faults });
  });

  it("takes broken JSON for nothing said", async () => {
    const row = await flagRow(grounding, "text", {}, { source_extra_json: '{"_verified": tru' });
    expect(row).toEqual({ grounded: null, verified: null, grounding_faults: [] });
  });
});
