/** The widget's module, run by anywidget: hands messages between the review's sandboxed frame and the kernel. Draws nothing. */
import type { ReviewAsk, ReviewState } from "../protocol";
import { type FromReviewFrame, REVIEW_FRAME, type ToReviewFrame } from "./frame";

interface Model {
  get(name: "review"): string;
  send(content: ReviewAsk): void;
  on(event: "msg:custom", use: (content: ReviewState) => void): void;
  off(event: "msg:custom", use: (content: ReviewState) => void): void;
}

const MAX_HEIGHT = 6000;

function initialize({ model }: { readonly model: Model }): () => void {
  const review = model.get("review");
  const frames = () =>
    [...document.querySelectorAll<HTMLIFrameElement>(`iframe[${REVIEW_FRAME}]`)].filter(
      (frame) => frame.getAttribute(REVIEW_FRAME) === review,
    );
  const post = (message: ToReviewFrame) => {
    for (const frame of frames()) frame.contentWindow?.postMessage(message, "*"); // a sandboxed frame has no origin to name
  };
  const say = (bridge: "open" | "closed") => {
    const light = document.body.dataset.jpThemeLight;
    post({ review, bridge, dark: light === undefined ? null : light === "false" });
  };
  const fromFrame = ({
    source,
    data,
  }: MessageEvent<Partial<FromReviewFrame & Record<string, unknown>> | null>) => {
    if (data?.review !== review) return;
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    if ("ready" in data) say("open");
    if (typeof data.height === "number" && data.height > 0)
      frame.style.height = `${Math.min(data.height, MAX_HEIGHT)}px`;
    if (data.ask) {
      try {
        model.send(data.ask as ReviewAsk);
      } catch {
        say("closed"); // the comm is gone with its kernel
      }
    }
  };
  const fromKernel = (state: ReviewState) => post({ review, state });
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

export default { initialize };
