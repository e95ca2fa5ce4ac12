/** Bank accounts and payment cards, by their checksums. */
import { type Detector, digitsOf, luhn, matches } from "./span";

/** Length of an IBAN by country (SWIFT registry). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 " +
    "GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 " +
    "MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g;
/** The accounts of the registry's and Wikipedia's examples. */
const IBAN_EXAMPLES = new Set([
  "DE89370400440532013000",
  "GB82WEST12345698765432",
  "GB29NWBK60161331926819",
  "GB33BUKB20201555555555",
  "FR1420041010050500013M02606",
  "FR7630006000011234567890189",
  "NL91ABNA0417164300",
  "ES9121000418450200051332",
  "IT60X0542811101000000123456",
  "CH9300762011623852957",
  "BE68539007547034",
  "AT611904300234573201",
]);

export const ibans: Detector = (text) =>
  matches(text, IBAN, (match) => {
    const iban = match.replaceAll(" ", "");
    if (IBAN_LENGTHS[iban.slice(0, 2)] !== iban.length || !mod97(iban)) return null;
    return { kind: "iban", form: iban.slice(0, 2), placeholder: IBAN_EXAMPLES.has(iban) };
  });

/** ISO 7064: the number, its first four characters moved to the end and letters written as 10 to 35, leaves 1. */
function mod97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const CARD = /(?<![\d.,+\-/]|\d )\d(?:[ -]?\d){12,18}(?!\d|[.,]\d|[ -]\d)/g;
const BRANDS: readonly (readonly [string, RegExp])[] = [
  ["visa", /^4\d{15}(?:\d{3})?$/],
  ["mastercard", /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/],
  ["amex", /^3[47]\d{13}$/],
  ["discover", /^6(?:011|5\d{2}|4[4-9]\d)\d{12}$/],
  ["jcb", /^35(?:2[89]|[3-8]\d)\d{12}$/],
  ["diners", /^3(?:0[0-5]|[68]\d)\d{11}$/],
];
/** Numbers that payment providers publish for tests. */
const CARD_TESTS = new Set(
  (
    "4111111111111111 4242424242424242 4012888888881881 4000056655665556 5555555555554444 5105105105105100 2223003122003222 " +
    "378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424 3530111333300000 3566002020360505 30569309025904 " +
    "38520000023237 4000000000000002 4532015112830366 4222222222222"
  ).split(" "),
);

export const cards: Detector = (text) =>
  /\d{3}/.test(text)
    ? matches(text, CARD, (match) => {
        const digits = digitsOf(match);
        const brand = BRANDS.find(([, pattern]) => pattern.test(digits));
        if (!brand || !luhn(digits) || !isGrouped(match)) return null;
        return {
          kind: "credit_card",
          form: brand[0],
          placeholder: CARD_TESTS.has(digits) || /^(\d)\1+$/.test(digits),
        };
      })
    : [];

/** Written without gaps, or in groups of at least three digits, as cards are. */
function isGrouped(match: string): boolean {
  const groups = match.split(/[ -]/);
  return groups.length === 1 || groups.every((group) => group.length >= 3);
}
