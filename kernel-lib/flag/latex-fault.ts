/** What is wrong with the formulas of a text. */

export type LatexFault = "environment" | "display" | "inline" | "dollars" | "braces";

/** `\begin{name}`, `\end{name}`, `\[`, `\]`, `\(`, `\)`; `\\` is a line break, so that `\\[2pt]` is none of them. */
const MARK = /\\(?:\\|begin\{([^{}\n]{1,40})\}|end\{([^{}\n]{1,40})\}|[[\]()])/g;

/** The first fault found, or null: environments, `\[ \]`, `\( \)` and `$$` that do not match, `\boxed{` that never ends. */
export function latexFault(prose: string): LatexFault | null {
  if (!prose.includes("\\")) return null;
  if (prose.includes("$$") && occurrences(prose, "$$") % 2 === 1) return "dollars";
  const environments: string[] = [];
  let [display, inline] = [0, 0];
  for (const { 0: mark, 1: begin, 2: end } of prose.matchAll(MARK)) {
    if (begin !== undefined) environments.push(begin);
    else if (end !== undefined) {
      if (environments.pop() !== end) return "environment";
    } else if (mark === "\\[") display++;
    else if (mark === "\\]") display--;
    else if (mark === "\\(") inline++;
    else if (mark === "\\)") inline--;
    if (display < 0 || display > 1) return "display";
    if (inline < 0 || inline > 1) return "inline";
  }
  if (environments.length > 0) return "environment";
  if (display !== 0) return "display";
  if (inline !== 0) return "inline";
  return lastBoxed(prose)?.closed === false ? "braces" : null;
}

/** The content of the last `\boxed{…}` (or `\fbox{…}`), braces matched; null where there is none. */
export function lastBoxed(text: string): { readonly content: string; readonly closed: boolean } | null {
  const at = Math.max(text.lastIndexOf("\\boxed{"), text.lastIndexOf("\\fbox{"));
  if (at < 0) return null;
  const start = text.indexOf("{", at) + 1;
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    const here = text[i];
    if (here === "\\") i++;
    else if (here === "{") depth++;
    else if (here === "}" && --depth === 0) return { content: text.slice(start, i), closed: true };
  }
  return { content: text.slice(start), closed: false };
}

function occurrences(text: string, what: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length)) count++;
  return count;
}
