/** E-mail addresses, telephone numbers and addresses of machines. */
import { isIPv6 } from "node:net";
import { type Detector, digitsOf, matches, type PrivateSpan } from "./span";

const LOCAL = /[A-Za-z0-9._%+'-]/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/;
/** RFC 2606 and 6761. */
const RESERVED = /(?:^|\.)(?:example\.[a-z]{2,3}(?:\.[a-z]{2})?|example|test|invalid|localhost)$/i;
const MOST_LOCAL = 64;

/** Read outwards from each `@`, so that no text makes it slow. */
export const emails: Detector = (text) => {
  const spans: PrivateSpan[] = [];
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > from && at - start < MOST_LOCAL && LOCAL.test(text[start - 1]!)) start--;
    while (start < at && /[.'%+-]/.test(text[start]!)) start++;
    const domain = DOMAIN.exec(text.slice(at + 1, at + 256))?.[0];
    if (start === at || text[at - 1] === "." || !domain) continue;
    from = at + 1 + domain.length;
    spans.push({ kind: "email", form: "email", start, end: from, placeholder: RESERVED.test(domain) });
  }
  return spans;
};

const NORTH_AMERICAN =
  /(?<![\d.+/-]|\d[ (])(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}(?![\d]|[-./]\d)/g;
const INTERNATIONAL = /(?<![\d+])\+[2-9]\d[\d .()-]{6,20}\d(?!\d)/g;
/** Numbers that the British regulator keeps for drama. */
const DRAMA =
  /^44(?:20794609\d{2}|207946\d{4}|1632960\d{3}|7700900\d{3}|(?:113|114|115|116|117|118|121|131|141|151|161)4960\d{3})$/;
/** Other forms count only after a word that announces a number. */
const ANNOUNCED =
  /\b(?:phone|telephone|tel|mobile|cell|call(?: me)?|fax|whatsapp|text me|hotline|dial|ring|telefon|t[ée]l[ée]phone|tel[ée]fono|handy)\b[^\d\n+(]{0,24}(\(?\+?\d[\d ().\-/]{5,20}\d)(?!\d)/gi;

export const phones: Detector = (text) => {
  if (!/\d{2}/.test(text)) return [];
  const spans = matches(text, NORTH_AMERICAN, (match) => {
    const digits = digitsOf(match).slice(-10);
    return { kind: "phone", form: "north_american", placeholder: isFictional(digits) };
  });
  if (text.includes("+")) {
    spans.push(
      ...matches(text, INTERNATIONAL, (match) => {
        const digits = digitsOf(match);
        if (digits.length < 9 || digits.length > 15) return null;
        return { kind: "phone", form: "international", placeholder: isRun(digits) || DRAMA.test(digits) };
      }),
    );
  }
  for (const match of text.matchAll(ANNOUNCED)) {
    const number = match[1]!;
    const digits = digitsOf(number);
    if (digits.length < 7 || digits.length > 15) continue;
    const start = match.index + match[0].length - number.length;
    const fictional = isRun(digits) || (digits.length >= 10 && isFictional(digits.slice(-10)));
    spans.push({
      kind: "phone",
      form: "announced",
      start,
      end: start + number.length,
      placeholder: fictional,
    });
  }
  return spans;
};

/** 555-0100 to 555-0199 are kept for fiction; 555-1212 is information, and 555-1234 and the like are nobody's. */
function isFictional(digits: string): boolean {
  return (
    /^\d{3}555(?:01\d\d|1212|1234)$/.test(digits) || /^[2-9]\d{2}5550\d{3}$/.test(digits) || isRun(digits)
  );
}

/** 1234567…, 0000000: typed, not dialed. */
function isRun(digits: string): boolean {
  return /^(\d)\1+$/.test(digits.slice(-7)) || "0123456789012345".includes(digits.slice(-7));
}

const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)/g;
const VERSION = /\b(?:v|version|ver\.?|release|build|section|chapter)\s{0,2}$|§\s{0,2}$/i;
const IPV6 = /(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])/g;

export const machines: Detector = (text) => [
  ...(text.includes(".")
    ? matches(text, IPV4, (match, start) => {
        const parts = match.split(".").map(Number);
        if (parts.some((part, i) => part > 255 || /^0\d/.test(match.split(".")[i]!))) return null;
        if (VERSION.test(text.slice(Math.max(0, start - 12), start))) return null;
        return { kind: "ip_address", form: "ipv4", placeholder: isNobodys(parts) };
      })
    : []),
  ...(text.includes(":")
    ? matches(text, IPV6, (match) => {
        const groups = match.split(":").filter((group) => group !== "").length;
        if (groups < 3 || !/\d/.test(match) || !isIPv6(match)) return null;
        return {
          kind: "ip_address",
          form: "ipv6",
          placeholder: /^(?:2001:0?db8:|fe80:|f[cd]|::)/i.test(match),
        };
      })
    : []),
];

/** Documentation (RFC 5737), loopback, private networks, masks, multicast: no machine on the Internet. */
function isNobodys([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  const isDocumentation =
    (a === 192 && b === 0 && c === 2) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113);
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
  return isDocumentation || isPrivate || a === 0 || a === 127 || a >= 224 || (a === 1 && b === 2 && c === 3);
}
