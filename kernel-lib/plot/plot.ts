/** Figures of a table: counted by DuckDB, drawn by plotly where it is there and as SVG everywhere else. */
import { bars } from "./bars";
import { coverage } from "./coverage";
import { heatmap } from "./heatmap";
import { histogram } from "./histogram";
import { lengths } from "./lengths";
import { percentiles } from "./percentiles";
import { scatter } from "./scatter";

/**
 * Plots of a table, or of the promise of one; each is shown when it is the last value of a cell. They read the table
 * once, the page holds counts or a stated sample only, and what cannot be drawn is counted in the figure.
 * @example await plot.bars(open("demo"), "_split")
 */
export const plot = { bars, histogram, percentiles, scatter, heatmap, coverage, lengths };
