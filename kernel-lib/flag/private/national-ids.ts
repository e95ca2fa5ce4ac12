/** National ids whose form or checksum tells them from other numbers. */
import { type Detector, digitsOf, luhn, matches, type PrivateSpan } from "./span";

const SSN = /(?<![\d-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/g;
/** Advertised or invalidated numbers, and those that everybody types. */
const SSN_EXAMPLES = new Set(["078051120", "219099999", "123456789", "111111111", "123121234"]);
const NINO =
  /(?<![A-Za-z0-9])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])/g;
const DNI = /(?<![A-Za-z0-9])(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?![A-Za-z0-9])/g;
const CPF = /(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)/g;
const CODICE_FISCALE = /(?<![A-Za-z0-9])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![A-Za-z0-9])/g;
const AADHAAR = /(?<![\d-]|\d )[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![\d-]| \d)/g;
/** One number in ten passes its checksum, and the form is that of many others. */
const AADHAAR_WORDS = /\b(?:aadh?aa?r|uidai)\b/i;
const CHINESE =
  /(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX](?![\dA-Za-z])/g;
const NIR = /(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?!\d)/g;
const SIN = /(?<![\d-])[1-79]\d{2}[- ]\d{3}[- ]\d{3}(?![\d-])/g;
const SIN_WORDS = /\b(?:sin|social insurance)\b/i;

export const nationalIds: Detector = (text) => {
  if (!/\d{2}/.test(text)) return [];
  const id = (form: string, placeholder = false) => ({ kind: "national_id" as const, form, placeholder });
  const spans: PrivateSpan[] = matches(text, SSN, (match) => {
    const digits = digitsOf(match);
    return id("us_ssn", SSN_EXAMPLES.has(digits) || /^98765432\d$/.test(digits));
  });
  spans.push(...matches(text, NINO, (match) => id("uk_nino", /^(?:AB|QQ) ?12 ?34 ?56/.test(match))));
  spans.push(
    ...matches(text, DNI, (match) =>
      dniLetter(match) ? id("es_dni", /^(?:12345678|00000000)/.test(match)) : null,
    ),
  );
  spans.push(
    ...matches(text, CODICE_FISCALE, (match) =>
      fiscalLetter(match) ? id("it_codice_fiscale", match === "RSSMRA85T10A562S") : null,
    ),
  );
  if (text.includes(".")) {
    spans.push(
      ...matches(text, CPF, (match) => {
        const digits = digitsOf(match);
        return cpfDigits(digits) ? id("br_cpf", digits === "12345678909" || digits === "11144477735") : null;
      }),
    );
  }
  spans.push(...matches(text, CHINESE, (match) => (chineseDigit(match) ? id("cn_resident_id") : null)));
  if (/[ -]/.test(text)) {
    const hasWords = AADHAAR_WORDS.test(text);
    spans.push(
      ...matches(text, AADHAAR, (match) => (hasWords && verhoeff(digitsOf(match)) ? id("in_aadhaar") : null)),
    );
    spans.push(...matches(text, NIR, (match) => (nirKey(digitsOf(match)) ? id("fr_nir") : null)));
    if (SIN_WORDS.test(text)) {
      spans.push(
        ...matches(text, SIN, (match) =>
          luhn(digitsOf(match)) ? id("ca_sin", digitsOf(match) === "046454286") : null,
        ),
      );
    }
  }
  return spans;
};

function dniLetter(match: string): boolean {
  const plain = match.replaceAll("-", "");
  const number = plain.slice(0, -1).replace(/^X/, "0").replace(/^Y/, "1").replace(/^Z/, "2");
  return "TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23] === plain.at(-1);
}

function cpfDigits(digits: string): boolean {
  if (/^(\d)\1+$/.test(digits)) return false;
  return [9, 10].every((length) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Number(digits[i]) * (length + 1 - i);
    return ((sum * 10) % 11) % 10 === Number(digits[length]);
  });
}

const ODD = "1 0 5 7 9 13 15 17 19 21 2 4 18 20 11 3 6 8 12 14 16 10 22 25 24 23".split(" ").map(Number);

function fiscalLetter(code: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const character = code.charCodeAt(i);
    const value = character < 65 ? character - 48 : character - 65;
    sum += i % 2 === 0 ? ODD[value]! : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === code[15];
}

function chineseDigit(id: string): boolean {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(id[i]), 0);
  return "10X98765432"[sum % 11] === id[17];
}

function nirKey(digits: string): boolean {
  return digits.length === 15 && 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));
}

const PRODUCT =
  "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210".split(
    " ",
  );
const PERMUTATION =
  "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258".split(" ");

function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    check = Number(PRODUCT[check]![Number(PERMUTATION[i % 8]![digit])]);
  }
  return check === 0;
}
