/** Everything private in a text. */
import { cards, ibans } from "./accounts";
import { emails, machines, phones } from "./contacts";
import { nationalIds } from "./national-ids";
import { apiKeys, privateKeys } from "./secrets";
import { type Detector, PRIVATE_KINDS, type PrivateSpan } from "./span";

const DETECTORS: readonly Detector[] = [
  privateKeys,
  apiKeys,
  ibans,
  cards,
  nationalIds,
  emails,
  phones,
  machines,
];

/**
 * E-mail addresses, telephone numbers, IP addresses, IBANs, payment cards, national ids (US, UK, Spain, Italy, France,
 * Brazil, India, China, Canada), keys of common providers and private keys, in order and without overlaps: where two kinds
 * fit, the stricter one stands. Checksums are checked where the kind has one. Documentation values (example.com, 555-01xx,
 * 203.0.113.x, keys that end in EXAMPLE, published test cards) carry `placeholder: true`. Names, postal addresses and dates
 * of birth are not looked for: patterns cannot tell them. Linear in the text.
 *
 * @example findPrivateData("Write to ann@example.com") // [{ kind: "email", placeholder: true, start: 9, end: 24, … }]
 */
export function findPrivateData(text: string): PrivateSpan[] {
  const spans = DETECTORS.flatMap((detector) => detector(text));
  if (spans.length < 2) return spans;
  const rank = ({ kind }: PrivateSpan) => PRIVATE_KINDS.indexOf(kind);
  const strictest = [...spans].sort(
    (a, b) => rank(a) - rank(b) || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  return withoutOverlaps(strictest, text.length);
}

/** The spans that no earlier one of the list overlaps, in order of the text. */
function withoutOverlaps(spans: readonly PrivateSpan[], length: number): PrivateSpan[] {
  const taken = new Uint8Array(length);
  const kept = spans.filter(({ start, end }) => {
    for (let at = start; at < end; at++) if (taken[at]) return false;
    taken.fill(1, start, end);
    return true;
  });
  return kept.sort((a, b) => a.start - b.start);
}
