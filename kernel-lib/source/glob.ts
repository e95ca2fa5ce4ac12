/** Path patterns as dataset cards use them. */

/**
 * A test for whole paths with forward slashes: `*` and `?` stay inside one folder, `**` crosses folders (`a/**` and
 * `**` also match files right there), `[abc]`, `[!abc]` and `{a,b}` as in a shell. Case counts.
 */
export function globTest(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${translate(pattern.replace(/^\.\//, ""))}$`, "s");
  return (path) => expression.test(path);
}

/** True when the text has a character that means something in a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

function translate(pattern: string): string {
  let out = "";
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === "*") {
      if (pattern[i + 1] !== "*") {
        out += "[^/]*";
        continue;
      }
      while (pattern[i + 1] === "*") i++;
      if (pattern[i + 1] === "/") {
        out += "(?:.*/)?";
        i++;
      } else out += ".*";
    } else if (character === "?") out += "[^/]";
    else if (character === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) {
        out += "\\[";
        continue;
      }
      const body = pattern
        .slice(i + 1, end)
        .replaceAll("\\", "\\\\")
        .replaceAll("[", "\\[");
      out += /^[!^]/.test(body) ? `[^/${body.slice(1)}]` : `[${body}]`;
      i = end;
    } else if (character === "{") {
      out += "(?:";
      depth++;
    } else if (character === "}" && depth > 0) {
      out += ")";
      depth--;
    } else if (character === "," && depth > 0) out += "|";
    else out += character.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  }
  return out + ")".repeat(depth);
}
