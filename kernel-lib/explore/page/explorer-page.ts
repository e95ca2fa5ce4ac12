/** The threshold explorer: one selection, counted from the sketch at once and by the kernel where there is one. */

import { type Counts, Cube, type Side, snap, snapMoves } from "../cube";
import { compact, count, line, percent, range, value } from "../format";
import { boundsOf, type Policy, policyOf } from "../policy";
import type { Bounds, ColumnSketch, Selection, Sketch, Totals } from "../protocol";
import { ColumnPanel } from "./column-panel";
import { h, setText } from "./element";
import { GroupTable } from "./group-table";
import { moved } from "./histogram";
import { type CountAnswer, LiveLink, type Tier, type Transport } from "./live-link";
import { PolicyPanel } from "./policy-panel";
import { RowsPanel } from "./rows-panel";

const TIERS: Readonly<Record<Tier, string>> = {
  live: "the kernel counts on all rows",
  static: "counted in this page; bounds stand on bin edges, counts are exact",
  disconnected:
    "the kernel does not answer, or this explorer was closed (four stay live); counted in this page, bounds stand on bin edges; run the cell again to go on",
};

export class ExplorerPage {
  readonly element: HTMLElement;
  private readonly cube: Cube;
  private readonly panels: readonly ColumnPanel[];
  private readonly badge = h("span", { class: "badge", role: "status", "aria-live": "polite" });
  private readonly remark = h("span", { class: "note", role: "status", "aria-live": "polite" });
  private readonly rowsKept = h("b", { class: "figure" });
  private readonly rowsNote = h("span", { class: "of" });
  private readonly tokensKept = h("b", { class: "figure" });
  private readonly tokensNote = h("span", { class: "of" });
  private readonly groups: GroupTable;
  private readonly policy = new PolicyPanel();
  private readonly rows = new RowsPanel();
  private readonly link: LiveLink;
  private tier: Tier = "static";
  private selection: Selection;
  /** Null where there is nothing to count with: more than two columns, and no answer yet. */
  private counts: Counts | null;
  /** The analyst moved something that the kernel was not told. */
  private untold = false;
  /** Bounds as a cell set them, where those shown are the bin edges next to them. */
  private asked: string | null = null;

  constructor(
    private readonly sketch: Sketch,
    transport: Transport,
  ) {
    this.cube = new Cube(sketch);
    this.panels = sketch.columns.map((column, i) => {
      return new ColumnPanel(column, i, {
        move: (side, edge) => this.move(column, side, edge),
        type: (side, bound) => this.type(column, side, bound),
        decide: (what, decision) => this.change(column, { [what]: decision }, null),
      });
    });
    this.groups = new GroupTable(sketch);
    this.element = h(
      "main",
      {},
      this.summary(),
      h("div", { class: "columns" }, ...this.panels.map(({ element }) => element)),
      this.groups.element,
      this.policy.element,
      this.rows.element,
    );
    this.selection = this.snapped(sketch.selection);
    this.asked = this.cube.present ? movedText(sketch) : null;
    this.counts = this.cube.count(this.selection);
    this.become("static");
    this.draw(null);
    this.link = new LiveLink(transport, {
      tier: (tier) => this.become(tier),
      restored: (selection, set) => this.restore(selection, set),
      counted: (answer, newest) => this.counted(answer, newest),
      rows: (answer) => this.rows.draw(answer),
      followed: (selection, answer) => this.follow(selection, answer),
      failed: (message) => this.remarkOn(line(message)),
    });
  }

  private move(column: ColumnSketch, side: Side, edge: number): void {
    const bounds = boundsOf(this.selection, column.name);
    const next = moved(column, bounds, side, edge);
    if (next[side] !== bounds[side]) this.change(column, next, side);
  }

  private type(column: ColumnSketch, side: Side, bound: number | null): void {
    this.change(column, { [side]: bound }, side);
    const stands = boundsOf(this.selection, column.name)[side];
    if (this.tier === "live" || stands === bound) return;
    this.remarkOn(
      `without a kernel bounds stand on bin edges: ${stands === null ? "none" : value(stands)} is the nearest`,
    );
  }

  private change(column: ColumnSketch, part: Partial<Bounds>, side: Side | null): void {
    const bounds = { ...boundsOf(this.selection, column.name), ...part };
    const selection = Object.fromEntries([
      ...this.sketch.columns.map(({ name }) => [name, boundsOf(this.selection, name)] as const),
      [column.name, bounds] as const,
    ]);
    this.asked = null;
    this.remarkOn(null);
    this.untold = this.tier !== "live";
    this.select(selection, side === null ? null : { column: column.name, side });
  }

  private select(selection: Selection, last: { readonly column: string; readonly side: Side } | null): void {
    this.selection = this.tier === "live" ? selection : this.snapped(selection);
    this.counts = this.cube.count(this.selection) ?? (this.tier === "live" ? this.counts : null);
    this.draw(null);
    this.link.select(this.selection, last);
  }

  /** The kernel's selection counts, unless the analyst went on without the kernel: then the page's does. */
  private restore(selection: Selection, set: boolean): void {
    this.select(this.untold && !set ? this.selection : selection, null);
    this.untold = false;
  }

  /** Another view of this explorer was moved. */
  private follow(selection: Selection, answer: CountAnswer): void {
    this.selection = selection;
    this.rows.say(this.tier);
    this.remarkOn(null);
    this.counted(answer, true);
  }

  private counted(answer: CountAnswer, newest: boolean): void {
    if (!newest && this.cube.present) return; // the sketch counted a later selection already
    const { kept, groups } = answer;
    const columns = this.sketch.columns.map(({ name, rows }) => answer.columns[name] ?? rows.map(() => 0));
    this.counts = { kept, groups, columns };
    this.draw(newest ? answer : null);
  }

  private become(tier: Tier): void {
    this.tier = tier;
    setText(this.badge, tier);
    this.badge.className = `badge ${tier}`;
    this.badge.title = TIERS[tier];
    this.rows.say(tier);
    this.remarkOn(null);
  }

  /** A remark, or else what this tier cannot do. */
  private remarkOn(remark: string | null): void {
    const blind = !this.cube.present && this.tier !== "live";
    const moved =
      this.asked !== null && this.tier === "static" ? `bounds on bin edges; set was ${this.asked}` : "";
    setText(this.remark, remark ?? (blind ? "more than two columns: counts need a running kernel" : moved));
  }

  private snapped(selection: Selection): Selection {
    return Object.fromEntries(
      this.sketch.columns.map((column) => [column.name, snap(column, boundsOf(selection, column.name))]),
    );
  }

  private draw(policy: Policy | null): void {
    const { total, columns } = this.sketch;
    const { counts } = this;
    const share = counts ? percent(counts.kept.rows, total.rows) : "–";
    this.drawFigures(counts?.kept ?? null, share);
    const said = counts
      ? `${count(counts.kept.rows)} of ${count(total.rows)} rows kept, ${share}`
      : "not counted";
    columns.forEach((column, c) => {
      this.panels[c]!.draw(boundsOf(this.selection, column.name), counts?.columns[c] ?? [], said);
    });
    this.groups.draw(counts?.groups ?? null);
    this.policy.draw(policy ?? policyOf(columns, this.selection));
  }

  private drawFigures(kept: Totals | null, share: string): void {
    const { total, tokensColumn } = this.sketch;
    setText(this.rowsKept, kept ? count(kept.rows) : "–");
    setText(this.rowsNote, `of ${count(total.rows)} rows kept (${share})`);
    if (tokensColumn === null) return;
    const [some, all] = [kept?.tokens ?? 0, total.tokens ?? 0];
    setText(this.tokensKept, kept ? compact(some) : "–");
    this.tokensKept.title = count(some);
    setText(this.tokensNote, `of ${compact(all)} tokens (${kept ? percent(some, all) : "–"})`);
  }

  private summary(): HTMLElement {
    const { origin, tokensColumn } = this.sketch;
    return h(
      "header",
      { class: "summary" },
      h(
        "div",
        { class: "figures" },
        h("span", {}, this.rowsKept, this.rowsNote),
        tokensColumn === null ? null : h("span", {}, this.tokensKept, this.tokensNote),
      ),
      h(
        "div",
        { class: "about" },
        this.remark,
        h("bdi", { class: "origin", title: line(origin) }, line(origin)),
        this.badge,
      ),
    );
  }
}

/** The bounds of the columns whose bounds do not stand on bin edges; null where all do. */
function movedText({ columns, selection }: Sketch): string | null {
  const moved = columns.filter((column) => snapMoves(column, boundsOf(selection, column.name)));
  const texts = moved.map(({ name }) => range(boundsOf(selection, name)));
  return texts.length > 0 ? texts.join("; ") : null;
}
