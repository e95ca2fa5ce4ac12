/** Rows on both sides of the bound moved last, as the kernel reads them. */

import { plainText } from "../../notebook/plain-text";
import { compact, count, groupName, line, value } from "../format";
import type { SentExcerpt } from "../protocol";
import { h, setText } from "./element";
import type { RowsAnswer, Tier } from "./live-link";

export class RowsPanel {
  readonly element: HTMLElement;
  private readonly title = h("h3", {}, "Rows at the bound");
  private readonly note = h("span", { class: "note" });
  private readonly kept = h("ol");
  private readonly dropped = h("ol");
  private readonly sides = h(
    "div",
    { class: "sides" },
    h("div", {}, h("h4", { class: "kept" }, "just inside: kept"), this.kept),
    h("div", {}, h("h4", { class: "dropped" }, "just outside: dropped"), this.dropped),
  );

  constructor() {
    this.element = h(
      "section",
      { class: "rows", "aria-label": "rows at the bound" },
      h("header", {}, this.title, this.note),
      this.sides,
    );
    this.say("static");
  }

  /** Without a kernel there are no rows, and the page says so. */
  say(tier: Tier): void {
    this.sides.hidden = true;
    setText(
      this.note,
      tier === "live" ? "move a bound to see them" : "need a running kernel: this page holds counts only",
    );
  }

  draw({ column, side, kept, dropped }: RowsAnswer): void {
    setText(
      this.note,
      `nearest to the ${side} bound of ${line(column)}, among rows that the other columns keep`,
    );
    fill(this.kept, kept);
    fill(this.dropped, dropped);
    this.sides.hidden = false;
  }
}

function fill(list: HTMLElement, rows: readonly SentExcerpt[]): void {
  const items = rows.map(({ key, value: score, group, tokens, text, cut }) => {
    const about = [
      group === null ? null : groupName(group).text,
      tokens === null ? null : `${compact(tokens)} tokens`,
      key === "" ? null : line(key),
    ].filter((part) => part !== null);
    return h(
      "li",
      {},
      h(
        "div",
        { class: "about" },
        h("b", {}, value(Number(score))),
        h("bdi", { title: about.join(" · ") }, about.join(" · ")),
      ),
      h(
        "pre",
        { dir: "auto" },
        plainText(text, { lines: true }),
        cut > 0 ? h("span", { class: "note" }, ` … +${count(cut)} characters`) : null,
      ),
    );
  });
  list.replaceChildren(...(items.length > 0 ? items : [h("li", { class: "note" }, "no rows on this side")]));
}
