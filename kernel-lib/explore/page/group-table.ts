/** What is kept of each group: rows, tokens, and each group's share of the whole before and after. */
import { groupColor } from "../../notebook/group-color";
import { sum } from "../cube";
import { compact, count, groupName, line, percent } from "../format";
import type { Sketch, Totals } from "../protocol";
import { h, setText } from "./element";

interface Line {
  readonly rows: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
  readonly tokens: HTMLElement | null;
  readonly after: HTMLElement;
}

export class GroupTable {
  readonly element: HTMLElement;
  private readonly lines: readonly Line[];

  constructor(private readonly sketch: Sketch) {
    const { groups, others, by, total, groupTotals, tokensColumn } = sketch;
    const whole = tokensColumn === null ? "rows" : "tokens";
    const lines: Line[] = [];
    const body = h("tbody");
    const add = (label: HTMLElement, color: string, before: Totals, foot: boolean) => {
      const bar = h("i");
      bar.style.background = color;
      const made: Line = {
        rows: h("td", { class: "number" }),
        bar,
        share: h("td", { class: "number" }),
        tokens: tokensColumn === null ? null : h("td", { class: "number" }),
        after: h("td", { class: "number" }),
      };
      lines.push(made);
      const row = h(
        "tr",
        foot ? { class: "total" } : {},
        label,
        h("td", { class: "number" }, count(before.rows)),
        made.rows,
        h("td", { class: "bar", "aria-hidden": "true" }, h("div", {}, bar)),
        made.share,
        tokensColumn === null
          ? null
          : h("td", { class: "number", title: count(before.tokens ?? 0) }, compact(before.tokens ?? 0)),
        made.tokens,
        foot ? h("td") : h("td", { class: "number" }, percent(part(before), part(total))),
        foot ? h("td") : made.after,
      );
      body.append(row);
    };
    if (by !== null) {
      groupTotals.forEach((before, g) => {
        const rest = g >= groups.length;
        const color = groupColor(rest ? null : groups[g]!);
        add(
          nameCell(rest ? null : groups[g]!, rest ? `${count(others)} others` : null, color),
          color,
          before,
          false,
        );
      });
    }
    add(h("th", { scope: "row" }, "all"), "var(--kept)", total, true);
    this.lines = lines;
    const column = (text: string, span = 1) =>
      h("th", { scope: "col", class: "number", colspan: span }, text);
    this.element = h(
      "div",
      { class: "groups", tabindex: 0, role: "region", "aria-label": "kept rows by group" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h(
              "th",
              { scope: "col", dir: "auto", title: by === null ? "" : line(by) },
              by === null ? "" : line(by),
            ),
            column("rows"),
            column("kept"),
            column("share kept", 2),
            ...(tokensColumn === null ? [] : [column("tokens"), column("kept")]),
            ...(by === null ? [h("th"), h("th")] : [column(`% of ${whole}`), column("% of kept")]),
          ),
        ),
        body,
      ),
    );
  }

  /** Null where nothing was counted. */
  draw(groups: readonly Totals[] | null): void {
    if (groups === null) {
      for (const { rows, share, tokens, after, bar } of this.lines) {
        for (const cell of [rows, share, tokens, after]) if (cell) setText(cell, "–");
        bar.style.transform = "scaleX(0)";
      }
      return;
    }
    const { groupTotals, total, by } = this.sketch;
    const kept = sum(groups);
    const parts = by === null ? [kept] : [...groups, kept];
    this.lines.forEach((made, i) => {
      const after = parts[i]!;
      const before = groupTotals[i] && by !== null && i < groups.length ? groupTotals[i]! : total;
      setText(made.rows, count(after.rows));
      setText(made.share, percent(after.rows, before.rows));
      made.bar.style.transform = `scaleX(${before.rows === 0 ? 0 : after.rows / before.rows})`;
      if (made.tokens) setText(made.tokens, compact(after.tokens ?? 0));
      setText(made.after, percent(part(after), part(kept)));
    });
  }
}

/** What shares are taken of: tokens where they are counted. */
const part = ({ rows, tokens }: Totals): number => tokens ?? rows;

function nameCell(name: string | null, summed: string | null, color: string): HTMLElement {
  const { text, named } = summed === null ? groupName(name) : { text: summed, named: false };
  const swatch = h("i", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = color;
  return h("th", { scope: "row", class: named ? null : "unnamed", title: text }, swatch, h("bdi", {}, text));
}
