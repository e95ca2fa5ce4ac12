/** The way to the kernel from inside the sandboxed frame: the window around it, where a bridge may be listening. */
import type { Answer, Selection } from "../protocol";
import type { FromFrame, ToFrame } from "./frame";
import type { Transport } from "./live-link";

const KINDS: ReadonlySet<string> = new Set([
  "pong",
  "hello",
  "count",
  "rows",
  "error",
] satisfies Answer["kind"][]);

/** A transport over the parent window. `themed` is told whether the notebook around is dark. */
export function frameTransport(explorer: string, themed: (dark: boolean) => void): Transport {
  const post = (message: FromFrame) => parent.postMessage(message, "*");
  return {
    send: (ask) => post({ explorer, ask }),
    listen(events) {
      addEventListener(
        "message",
        ({ source, data }: MessageEvent<Partial<ToFrame & Record<string, unknown>> | null>) => {
          if (source !== parent || parent === window || data?.explorer !== explorer) return;
          if ("answer" in data && isAnswer(data.answer)) {
            if (data.moved === undefined) events.answered(data.answer);
            else if (data.answer.kind === "count") events.followed(data.moved as Selection, data.answer);
          }
          if (!("bridge" in data)) return;
          if (typeof data.dark === "boolean") themed(data.dark);
          if (data.bridge === "open") events.opened();
          else events.closed();
        },
      );
      if (parent !== window) post({ explorer, ready: true });
    },
  };
}

/** Tells the bridge how high the page is, now and whenever that changes. */
export function reportHeight(explorer: string, element: Element): void {
  if (parent === window) return;
  new ResizeObserver(() => {
    const height = Math.ceil(element.getBoundingClientRect().height);
    parent.postMessage({ explorer, height } satisfies FromFrame, "*");
  }).observe(element);
}

function isAnswer(answer: unknown): answer is Answer {
  const { kind, seq } = (answer ?? {}) as Partial<Answer>;
  return typeof kind === "string" && KINDS.has(kind) && typeof seq === "number";
}
