/** Keys and tokens by the forms that their providers publish, and private keys. */
import { type Detector, matches, type PrivateSpan } from "./span";

const EDGE = "(?<![A-Za-z0-9_-])";

/** Provider → a text that every such key holds, and its form. Each starts at an edge, so a run is read once. */
const KEYS: readonly (readonly [provider: string, holds: string, form: string])[] = [
  ["anthropic", "sk-ant-", "sk-ant-[A-Za-z0-9_-]{20,200}"],
  ["openai", "sk-", "sk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200}"],
  ["aws", "A", "(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?![A-Za-z0-9])"],
  ["github", "gh", "gh[pousr]_[A-Za-z0-9]{36,251}"],
  ["github", "github_pat_", "github_pat_[A-Za-z0-9_]{22,251}"],
  ["gitlab", "glpat-", "glpat-[A-Za-z0-9_-]{20,60}"],
  ["google", "AIza", "AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"],
  ["google", "GOCSPX-", "GOCSPX-[A-Za-z0-9_-]{28}"],
  ["slack", "xox", "xox[abeoprs]-[A-Za-z0-9-]{10,200}"],
  ["stripe", "k_", "[prs]k_(?:live|test)_[A-Za-z0-9]{16,120}"],
  ["huggingface", "hf_", "hf_[A-Za-z0-9]{30,60}"],
  ["npm", "npm_", "npm_[A-Za-z0-9]{36}"],
  ["pypi", "pypi-", "pypi-AgEI[A-Za-z0-9_-]{50,200}"],
  ["sendgrid", "SG.", "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}"],
  ["mailgun", "key-", "key-[0-9a-f]{32}(?![0-9a-z])"],
  ["twilio", "SK", "SK[0-9a-f]{32}(?![0-9a-z])"],
  ["digitalocean", "do", "do[opr]_v1_[a-f0-9]{64}"],
  ["telegram", ":AA", "\\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"],
  ["jwt", "eyJ", "eyJ[A-Za-z0-9_-]{10,4000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{10,1000}"],
];
const PATTERNS = KEYS.map(([provider, holds, form]) => ({
  provider,
  holds,
  pattern: new RegExp(`${EDGE}${form}`, "g"),
}));

/** Words in place of a secret, and secrets that nobody drew by chance. */
const NOT_DRAWN =
  /example|sample|dummy|your|placeholder|redacted|fake|test_?key|x{6}|\*{4}|0{8}|1234567|abcdefg|(.)\1{7}/i;

export const apiKeys: Detector = (text) =>
  PATTERNS.flatMap(({ provider, holds, pattern }) =>
    text.includes(holds)
      ? matches(text, pattern, (match) => {
          if (provider === "openai" && !looksDrawn(match)) return null;
          return { kind: "api_key", form: provider, placeholder: NOT_DRAWN.test(match) };
        })
      : [],
  );

/** A name in words (`sk-learn-compatible-estimators`) has no digit, or no capital and dashes between words. */
function looksDrawn(key: string): boolean {
  const secret = key.replace(/^sk-(?:proj-|svcacct-|admin-)?/, "");
  return (
    /\d/.test(secret) &&
    (/[A-Z]/.test(secret) || /^[a-f0-9]{32,}$/.test(secret) || /[a-z0-9]{28}/.test(secret))
  );
}

const BEGIN = /-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|ENCRYPTED|PGP) )?PRIVATE KEY(?: BLOCK)?-----/g;

/** From the opening line to the closing one, or to the end of what looks like the key. */
export const privateKeys: Detector = (text) => {
  if (!text.includes("PRIVATE KEY")) return [];
  const spans: PrivateSpan[] = [];
  let from = 0;
  for (const match of text.matchAll(BEGIN)) {
    if (match.index < from) continue;
    const inside = match.index + match[0].length;
    const body = /^[A-Za-z0-9+/=:,.\-\s\\]{0,20000}/.exec(text.slice(inside, inside + 20_000))![0];
    const closing = text.slice(inside, inside + body.length + 60).indexOf("-----END");
    const line = closing < 0 ? -1 : text.indexOf("-----", inside + closing + 8);
    from = line < 0 || line > inside + closing + 60 ? inside + body.trimEnd().length : line + 5;
    const held = text.slice(inside, from).replace(/-----END[^-]{0,40}-----$/, "");
    const isEmpty = held.replace(/[\s.\\n]/g, "").length < 40;
    spans.push({
      kind: "private_key",
      form: "pem",
      start: match.index,
      end: from,
      placeholder: isEmpty || NOT_DRAWN.test(held.slice(0, 200)),
    });
  }
  return spans;
};
