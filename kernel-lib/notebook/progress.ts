/** Long work in a cell: one output that moves while the work goes on and ends as one plain line. */
import { type Gauge, type Job, type ProgressListener, type ProgressScreen, watchProgress } from "../progress";
import { type Displayable, type DisplayHandle, display, displaySymbol, inNotebook } from "./display";
import { escapeHtml } from "./escape-html";

/** Told about the work in place of the display that a notebook shows by itself; null: nobody is told. */
export type OnProgress = ProgressListener | null;

/**
 * Runs `work`; what it reports goes to `onProgress` where that is given, else it is shown in the notebook's cell. Outside
 * a notebook nothing is shown.
 */
export function withProgress<T>(
  job: Job,
  onProgress: OnProgress | undefined,
  work: (report: ProgressListener) => Promise<T>,
): Promise<T> {
  if (onProgress) return work(onProgress);
  if (onProgress === null || !inNotebook()) return work(() => undefined);
  return watchProgress(job, new CellOutput(), work);
}

class CellOutput implements ProgressScreen {
  private shown: Promise<DisplayHandle> | null = null;

  paint(gauge: Gauge): void {
    void this.show(bar(gauge.text(), gauge.share));
  }

  async finish(line: string): Promise<void> {
    await this.show({ [displaySymbol]: () => ({ "text/plain": line }) });
  }

  private show(value: Displayable): Promise<unknown> {
    if (this.shown) return this.shown.then((handle) => handle.update(value));
    this.shown = display(value);
    return this.shown;
  }
}

function bar(text: string, share: number): Displayable {
  const width = Math.floor(share * 100);
  const html =
    `<div style="display:flex;align-items:center;gap:.7em;font-variant-numeric:tabular-nums">` +
    `<div role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${width}" ` +
    `style="flex:none;width:12em;height:.5em;border-radius:.25em;overflow:hidden;background:rgba(127,127,127,.3)">` +
    `<div style="width:${width}%;height:100%;background:#0072b2"></div></div><span>${escapeHtml(text)}</span></div>`;
  return { [displaySymbol]: () => ({ "text/plain": text, "text/html": html }) };
}
