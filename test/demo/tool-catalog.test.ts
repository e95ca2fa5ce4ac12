import Ajv from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { Random } from "../../kernel-lib/demo/random";
import { drawArguments, TOOL_SETS, TOOLS, toolSet } from "../../kernel-lib/demo/tool-catalog";

describe("the catalogue of tools", () => {
  it("has 200 tools of different names and 1,343 different sets of them", () => {
    expect(new Set(TOOLS.map((tool) => tool.name)).size).toBe(200);
    const sets = new Set(Array.from({ length: TOOL_SETS }, (_, i) => toolSet(i).json.json));
    expect(sets.size).toBe(1343);
  });

  it("draws arguments that satisfy the tool's schema", () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    for (const [i, tool] of TOOLS.entries()) {
      const check = ajv.compile(tool.parameters);
      for (let draw = 0; draw < 20; draw++) {
        const args = drawArguments(new Random(5, "arguments", i * 100 + draw), tool);
        check(args);
        expect([tool.name, check.errors]).toEqual([tool.name, null]);
      }
    }
  });
});
