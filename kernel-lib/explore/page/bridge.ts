/**
 * The widget's module, run by anywidget in the notebook's own page. It draws nothing: it hands messages between the
 * explorer's sandboxed frame and the kernel, tells the frame the notebook's theme, and makes the frame as high as its page.
 */
import type { Answer, Ask, Selection } from "../protocol";
import { FRAME_ATTRIBUTE, type FromFrame, type ToFrame } from "./frame";

/** What anywidget gives a module, as far as it is used here. */
interface Model {
  get(name: "explorer"): string;
  send(content: Ask): void;
  on(event: "msg:custom", use: (content: Answer) => void): void;
  off(event: "msg:custom", use: (content: Answer) => void): void;
}

const MAX_HEIGHT = 6000;

function initialize({ model }: { readonly model: Model }): () => void {
  const explorer = model.get("explorer");
  const frames = () =>
    [...document.querySelectorAll<HTMLIFrameElement>(`iframe[${FRAME_ATTRIBUTE}]`)].filter(
      (frame) => frame.getAttribute(FRAME_ATTRIBUTE) === explorer,
    );
  const post = (message: ToFrame) => {
    for (const frame of frames()) frame.contentWindow?.postMessage(message, "*"); // a sandboxed frame has no origin to name
  };
  /** Counts under way: which of the views asked, since a cell that is run again shows one more. */
  const asked = new Map<number, { readonly frame: HTMLIFrameElement; readonly selection: Selection }>();
  const say = (bridge: "open" | "closed") => post({ explorer, bridge, dark: darkNotebook() });

  const fromFrame = ({ source, data }: MessageEvent<Partial<FromFrame & Record<string, unknown>> | null>) => {
    if (data?.explorer !== explorer) return;
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    if ("ready" in data) say("open");
    if (typeof data.height === "number" && data.height > 0) {
      frame.style.height = `${Math.min(data.height, MAX_HEIGHT)}px`;
    }
    if (data.ask) {
      const ask = data.ask as Ask;
      if (ask.kind === "count") asked.set(ask.seq, { frame, selection: ask.selection });
      try {
        model.send(ask);
      } catch {
        say("closed"); // the comm is gone with its kernel
      }
    }
  };
  const fromKernel = (answer: Answer) => {
    const from = asked.get(answer.seq);
    asked.delete(answer.seq);
    if (!from) return post({ explorer, answer });
    for (const frame of frames()) {
      const moved = frame === from.frame ? {} : { moved: from.selection };
      frame.contentWindow?.postMessage({ explorer, answer, ...moved } satisfies ToFrame, "*");
    }
  };

  addEventListener("message", fromFrame);
  model.on("msg:custom", fromKernel);
  const theme = new MutationObserver(() => say("open"));
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  say("open");
  return () => {
    theme.disconnect();
    removeEventListener("message", fromFrame);
    model.off("msg:custom", fromKernel);
    say("closed");
  };
}

/** JupyterLab's theme; null where the notebook does not say. */
function darkNotebook(): boolean | null {
  const light = document.body.dataset.jpThemeLight;
  return light === undefined ? null : light === "false";
}

export default { initialize };
