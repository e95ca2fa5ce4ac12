/** Entry of the frame's script: reads the sketch that stands beside it and puts the explorer into the page. */
import type { Sketch } from "../protocol";
import { ExplorerPage } from "./explorer-page";
import { frameTransport, reportHeight } from "./frame-transport";

const sketch = JSON.parse(document.getElementById("sketch")!.textContent!) as Sketch;
const themed = (dark: boolean) => {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
};
const { element } = new ExplorerPage(sketch, frameTransport(sketch.id, themed));
document.body.append(element);
reportHeight(sketch.id, element);
