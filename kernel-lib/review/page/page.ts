/** The frame's script: a row with buttons. Texts are text nodes, whatever they hold; without a kernel the buttons are off. */
import type { ReviewAsk, ReviewState } from "../protocol";
import type { FromReviewFrame, ToReviewFrame } from "./frame";

const LABELS = [
  ["safe_refusal", "r", "Safe refusal"],
  ["safe_help", "h", "Safe help"],
  ["unsafe_help", "x", "Unsafe help"],
  ["benign", "b", "Benign"],
  ["unclear", "c", "Unclear"],
] as const;
const SEVERITIES = ["none", "low", "medium", "high", "critical"] as const;
type Label = (typeof LABELS)[number][0];
type Severity = (typeof SEVERITIES)[number];

const PING_MS = 2000;
const SILENCE_MS = 6000;

const first = JSON.parse(document.getElementById("state")!.textContent!) as ReviewState & {
  readonly id: string;
};
let state: ReviewState = first;
let seq = Date.now();
let isOpen = false;
let isLive = false;
let heard = 0;
let severity: Severity | null = null;

function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const post = (message: FromReviewFrame) => parent.postMessage(message, "*");

function ask(message: Omit<ReviewAsk, "seq"> & Record<string, unknown>): void {
  if (isOpen) post({ review: first.id, ask: { ...message, seq: ++seq } as ReviewAsk });
}

function button(text: string, key: string, act: () => void): HTMLButtonElement {
  const made = h("button", "", text, h("kbd", "", key));
  made.type = "button";
  made.onclick = act;
  made.dataset.key = key;
  return made;
}

const head = h("header");
const badge = h("span", "badge", "static");
const where = h("span", "where");
const row = h("section", "row");
const note = h("input", "note");
note.placeholder = "note (optional)";
note.maxLength = 2000;
note.setAttribute("aria-label", "note");
const severities = SEVERITIES.map((name, i) => {
  const made = button(name, String(i), () => choose(severity === name ? null : name));
  made.setAttribute("aria-pressed", "false");
  return made;
});
const decide = (label: Label) => {
  if (state.row)
    ask({
      kind: "decide",
      sha256: state.row.sha256,
      label,
      severity: label === "benign" ? null : severity,
      note: note.value.trim() || null,
    });
};
const labels = LABELS.map(([label, key, text]) => {
  const made = button(text, key, () => decide(label));
  made.dataset.label = label;
  return made;
});
const more = button("Show all", "m", () => state.row && ask({ kind: "more", sha256: state.row.sha256 }));
const skip = button("Skip", "s", () => state.row && ask({ kind: "skip", sha256: state.row.sha256 }));
const undo = button("Undo", "u", () => ask({ kind: "undo" }));
const last = h("p", "last");
last.setAttribute("role", "status");
const summary = h("p", "summary");
const controls = h(
  "form",
  "controls",
  h("div", "line", h("span", "name", "Severity"), ...severities),
  h("div", "line", h("span", "name", "Label"), ...labels),
  h("div", "line", h("span", "name", "Note"), note, skip, undo, more),
);
controls.onsubmit = (event) => event.preventDefault();
head.append(h("b", "", "Review"), where, badge);
const main = h("main", "", head, row, controls, last, summary);
document.body.append(main);

function choose(name: Severity | null): void {
  severity = name;
  for (const [i, made] of severities.entries())
    made.setAttribute("aria-pressed", String(SEVERITIES[i] === name));
}

function draw(): void {
  const shown = state.row;
  where.textContent = shown
    ? `row ${state.position} of ${state.total} · ${state.reviewer}`
    : `all ${state.total} rows done · ${state.reviewer}`;
  row.replaceChildren();
  if (shown) {
    row.append(h("div", "soft", shown.place));
    for (const { title, learned, body } of shown.messages) {
      const text = h("div", "body", body);
      text.dir = "auto";
      row.append(h("article", learned ? "learned" : "", h("div", "title", title), text));
    }
    if (shown.hidden > 0)
      row.append(
        h(
          "p",
          "warn",
          `${shown.hidden.toLocaleString("en-US")} characters not shown: a row is called safe only when all of it was (m)`,
        ),
      );
    row.append(h("div", "flags", h("b", "", "flags: "), shown.flags.join(" · ") || "none raised"));
    if (shown.source !== null) {
      const title = h("summary", "", "not part of the row, as the source has it");
      const source = h("details", "", title, h("div", "body", shown.source));
      source.open = true; // the log names the hash of all that was shown
      row.append(source);
    }
    for (const said of shown.said) row.append(h("div", "said", said));
    row.append(h("code", "soft", shown.rowKey));
  }
  last.textContent = state.last;
  last.classList.toggle("error", state.isError);
  summary.textContent = state.summary;
  const isOff = !isLive;
  for (const one of [...labels, ...severities, skip, more]) one.disabled = isOff || shown === null;
  more.hidden = !shown || shown.hidden === 0;
  undo.disabled = isOff;
  note.disabled = isOff || shown === null;
  badge.textContent = isLive ? "live" : heard > 0 ? "disconnected" : "static: run the cell to decide";
  badge.classList.toggle("live", isLive);
}

function become(live: boolean): void {
  if (live === isLive) return;
  isLive = live;
  draw();
}

addEventListener(
  "message",
  ({ source, data }: MessageEvent<Partial<ToReviewFrame & Record<string, unknown>> | null>) => {
    if (source !== parent || parent === window || data?.review !== first.id) return;
    if ("bridge" in data) {
      if (typeof data.dark === "boolean")
        document.documentElement.dataset.theme = data.dark ? "dark" : "light";
      isOpen = data.bridge === "open";
      if (isOpen) ask({ kind: "hello" });
      else become(false);
    }
    if (data.state) {
      const next = data.state as ReviewState;
      heard = Date.now();
      const isSame = JSON.stringify({ ...next, seq: 0 }) === JSON.stringify({ ...state, seq: 0 });
      const isOther = next.row?.sha256 !== state.row?.sha256;
      state = next;
      if (isOther) {
        note.value = "";
        choose(null);
      }
      if (!isSame || !isLive) {
        isLive = true;
        draw();
      }
    }
  },
);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === note) return;
  const pressed = [...labels, ...severities, skip, undo, more].find(
    (one) => one.dataset.key === event.key.toLowerCase(),
  );
  if (!pressed || pressed.disabled || pressed.hidden) return;
  event.preventDefault();
  pressed.click();
});

setInterval(() => {
  if (!isOpen) return;
  if (isLive && Date.now() - heard > SILENCE_MS) become(false);
  ask({ kind: "hello" });
}, PING_MS);

draw();
if (parent !== window) {
  new ResizeObserver(() =>
    post({ review: first.id, height: Math.ceil(main.getBoundingClientRect().height) }),
  ).observe(main);
  post({ review: first.id, ready: true });
}
