/** A figure that shows itself: plotly JSON, a picture of our own and text say the same. */
import { displaySymbol } from "../notebook/display";
import { plotlyText } from "./label";

export interface FigureParts {
  readonly title: string;
  /** Under the title: what was left out, drawn or added up. */
  readonly notes: readonly string[];
  /** Traces. */
  readonly data: readonly object[];
  /** Layout without title, colors and background, which are the same for all figures. */
  readonly layout: Readonly<Record<string, unknown>>;
  readonly svg: string;
  /** The numbers as text, without title and notes. */
  readonly text: string;
  /** What is drawn, for programs. */
  readonly numbers: readonly Readonly<Record<string, unknown>>[];
}

/** Readable on white and on dark pages: figures have no background of their own. */
const INK = "#7b7b7b";
const GRID = "rgba(128,128,128,0.25)";

/** A figure; as the last value of a cell it shows itself. */
export class Figure {
  /** plotly traces. */
  readonly data: readonly object[];
  /** plotly layout. */
  readonly layout: Readonly<Record<string, unknown>>;
  /** What is drawn, as rows: counts of bins, bars or cells. */
  readonly numbers: readonly Readonly<Record<string, unknown>>[];
  /** A picture that stands alone, on white. */
  readonly svg: string;
  private readonly plain: string;

  /** @internal Figures come from `plot`. */
  constructor({ title, notes, data, layout, svg, text, numbers }: FigureParts) {
    const lines = notes.flatMap((note) => wrap(note, 110));
    this.data = data;
    this.numbers = numbers;
    this.svg = svg;
    this.plain = [title, ...(text === "" ? [] : [text]), ...notes].join("\n");
    const { xaxis, yaxis, margin, ...rest } = layout as Record<string, object | undefined>;
    this.layout = {
      height: 420,
      font: { color: INK, size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      hovermode: "closest",
      ...rest,
      title: {
        text: [
          plotlyText(title),
          ...lines.map((line) => `<span style="font-size:12px">${plotlyText(line)}</span>`),
        ].join("<br>"),
        font: { size: 16 },
        ...{ x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top" },
        pad: { t: 12, l: 12 },
      },
      margin: { l: 70, r: 24, b: 56, ...margin, t: 44 + 19 * lines.length },
      xaxis: { gridcolor: GRID, zerolinecolor: GRID, linecolor: GRID, automargin: true, ...xaxis },
      yaxis: { gridcolor: GRID, zerolinecolor: GRID, linecolor: GRID, automargin: true, ...yaxis },
    };
  }

  /** Title, numbers and notes. */
  toString(): string {
    return this.plain;
  }

  [displaySymbol](): Record<string, unknown> {
    return {
      "application/vnd.plotly.v1+json": {
        data: this.data,
        layout: this.layout,
        config: { displaylogo: false, typesetMath: false, responsive: true },
      },
      "image/svg+xml": this.svg,
      "text/plain": this.plain,
    };
  }
}

/** Lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Cells in columns: the first to the left, numbers to the right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)));
  return all
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
