/** The policy as text to be copied. */

import { plainText } from "../../notebook/plain-text";
import type { Policy } from "../policy";
import { h, setText } from "./element";

export class PolicyPanel {
  readonly element: HTMLElement;
  private policy: Policy = { sql: "", code: "" };
  private readonly sql = h("code");
  private readonly code = h("code");

  constructor() {
    this.element = h(
      "section",
      { class: "policy", "aria-label": "policy" },
      this.block("SQL", "sql", this.sql),
      this.block("TypeScript", "code", this.code),
    );
  }

  draw(policy: Policy): void {
    this.policy = policy;
    setText(this.sql, plainText(policy.sql, { lines: true }));
    setText(this.code, plainText(policy.code, { lines: true }));
  }

  private block(title: string, part: keyof Policy, code: HTMLElement): HTMLElement {
    const button = h("button", { type: "button", "aria-label": `copy the policy as ${title}` }, "Copy");
    const status = h("span", { role: "status", class: "note" });
    button.addEventListener("click", () => {
      setText(status, copyText(code, this.policy[part]) ? "copied" : "selected: press Ctrl+C");
      setTimeout(() => setText(status, ""), 2000);
    });
    return h(
      "div",
      {},
      h("header", {}, h("h3", {}, title), status, button),
      h("pre", { tabindex: 0, role: "region", "aria-label": `policy as ${title}` }, code),
    );
  }
}

/**
 * A sandboxed frame may not write to the clipboard by the newer call, but it may copy what is selected. The text copied
 * is the exact one: what is shown has control characters replaced.
 */
function copyText(shown: Node, exact: string): boolean {
  const selection = getSelection();
  if (!selection) return false;
  selection.selectAllChildren(shown);
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", exact);
    event.preventDefault();
  };
  document.addEventListener("copy", put, { once: true });
  let copied = false;
  try {
    copied = document.execCommand("copy");
  } catch {
    // the selection stays
  }
  document.removeEventListener("copy", put);
  if (copied) selection.removeAllRanges();
  return copied;
}
