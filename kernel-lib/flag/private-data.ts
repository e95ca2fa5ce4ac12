import { z } from "zod";
import { defineStep } from "../step";
import { findPrivateData } from "./private/find-private-data";
import { PRIVATE_KINDS } from "./private/span";
import { type Body, bodyColumns, rowViews } from "./row-view";

const WHERE = ["system", "prompt", "completion", "reasoning", "tool", "text"] as const;

/**
 * Private data in any message, see `findPrivateData`. `private_data` names the kinds found that are real as far as one can
 * tell, `private_data_placeholders` those of documentation values, which a policy may let pass. `private_data_spans`
 * holds a JSON list of `{ message, part, kind, form, start, end, placeholder }` (UTF-16 offsets into that body), without the
 * values; null where there is none.
 */
export const privateData = defineStep({
  name: "private_data",
  version: 1,
  kind: "flag",
  params: z.object({}),
  reads: z.object(bodyColumns),
  writes: z.object({
    private_data: z.array(z.enum(PRIVATE_KINDS)),
    private_data_count: z.int(),
    private_data_placeholders: z.array(z.enum(PRIVATE_KINDS)),
    private_data_placeholder_count: z.int(),
    /** Where the real ones stand. */
    private_data_where: z.array(z.enum(WHERE)),
    private_data_spans: z.string().nullable(),
  }),
  run(columns) {
    const rows = rowViews(columns).map(({ bodies }) => {
      const spans = bodies.flatMap((body) =>
        findPrivateData(body.text).map((span) => ({
          message: body.message,
          part: body.part,
          ...span,
          where: whereOf(body),
        })),
      );
      const real = spans.filter(({ placeholder }) => !placeholder);
      const placeholders = spans.filter(({ placeholder }) => placeholder);
      return {
        real: PRIVATE_KINDS.filter((kind) => real.some((span) => span.kind === kind)),
        count: real.length,
        placeholders: PRIVATE_KINDS.filter((kind) => placeholders.some((span) => span.kind === kind)),
        placeholderCount: placeholders.length,
        where: WHERE.filter((where) => real.some((span) => span.where === where)),
        spans: spans.length === 0 ? null : JSON.stringify(spans.map(({ where: _, ...span }) => span)),
      };
    });
    return {
      private_data: rows.map(({ real }) => real),
      private_data_count: rows.map(({ count }) => count),
      private_data_placeholders: rows.map(({ placeholders }) => placeholders),
      private_data_placeholder_count: rows.map(({ placeholderCount }) => placeholderCount),
      private_data_where: rows.map(({ where }) => where),
      private_data_spans: rows.map(({ spans }) => spans),
    };
  },
});

function whereOf({ role, part }: Body): (typeof WHERE)[number] {
  if (part === "reasoning") return "reasoning";
  if (role === "assistant") return "completion";
  if (role === "user") return "prompt";
  if (role === "tool" || role === "text") return role;
  return "system";
}
