import { Figure } from "./figure";
import { plotlyText } from "./label";
import { svgFrame, text } from "./svg-frame";

const NOTHING = "nothing to draw";

/** The figure of a table without a value to draw: it says so, and the notes say why. */
export function emptyFigure(title: string, notes: readonly string[], xTitle: string): Figure {
  const hidden = { showticklabels: false, showgrid: false, zeroline: false };
  return new Figure({
    ...{ title, notes, data: [], numbers: [], text: NOTHING },
    layout: {
      height: 220,
      xaxis: { title: { text: plotlyText(xTitle) }, ...hidden },
      yaxis: hidden,
      annotations: [{ text: NOTHING, x: 0.5, y: 0.5, xref: "paper", yref: "paper", showarrow: false }],
    },
    svg: svgFrame({
      ...{ title, notes, height: 120 },
      x: { title: xTitle, names: [] },
      y: { title: "", names: [] },
      marks: ({ left, right, top, bottom }) => [
        text((left + right) / 2, (top + bottom) / 2, NOTHING, 'text-anchor="middle"'),
      ],
    }),
  });
}
