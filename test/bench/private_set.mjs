// Texts with private data at known places, made from a seed; and decoys beside them.

export function privateSet(rows, seed) {
  const random = generator(seed);
  return Array.from({ length: rows }, () => makeText(random));
}

function makeText(random) {
  const parts = [];
  const spans = [];
  let length = 0;
  let decoys = 0;
  const add = (text) => {
    parts.push(text);
    length += text.length;
  };
  const count = 1 + random.below(4);
  for (let i = 0; i < count; i++) {
    add(`${random.pick(SENTENCES)} `);
    if (random.below(3) === 0) {
      decoys++;
      add(`${random.pick(DECOYS)(random)} `);
      continue;
    }
    const { kind, lead, value, placeholder } = random.pick(VALUES)(random);
    add(lead);
    spans.push({ kind, start: length, end: length + value.length, placeholder });
    add(`${value}${random.pick([". ", ", thanks. ", "\n", " (see above). "])}`);
  }
  return { text: parts.join(""), spans, decoys };
}

const SENTENCES = [
  "The meeting was moved to the afternoon because two of us are on the road.",
  "If 3 apples cost 12 coins, then 7 apples cost 28 coins.",
  "Please keep the notes of 2023-10-14 in the shared folder.",
  "We tried version 2.11.3 first and then went back to 2.9.",
  "Let f(x) = 3x^2 + 5x - 7 and compute f(1024).",
  "The package weighs 4.25 kg and is 30 x 20 x 15 cm large.",
  "Nobody answered before 17:45, so I wrote again.",
];
const NAMES = ["ines", "tomas.berg", "l_okafor", "wei.zhang88", "marta-k", "j.o.smythe", "priya.n", "oleg"];
const HOSTS = ["fastmail.com", "uni-bremen.de", "corp-logistics.co.uk", "mail.ac.jp", "sunrise.io", "kpn.nl"];

const VALUES = [
  (r) => ({
    kind: "email",
    lead: "Write to ",
    value: `${r.pick(NAMES)}@${r.pick(HOSTS)}`,
    placeholder: false,
  }),
  (r) => ({
    kind: "email",
    lead: "Write to ",
    value: `${r.pick(NAMES)}@${r.pick(["example.com", "example.org", "shop.test"])}`,
    placeholder: true,
  }),
  (r) => ({
    kind: "phone",
    lead: "Call me on ",
    value: american(r, r.below(3), String(r.from(6, 9)) + r.digits(2), r.digits(4)),
    placeholder: false,
  }),
  (r) => ({
    kind: "phone",
    lead: "Call me on ",
    value: american(r, r.below(3), "555", `01${r.digits(2)}`),
    placeholder: true,
  }),
  (r) => ({
    kind: "phone",
    lead: "My number is ",
    value: r.pick([
      `+49 30 ${r.digits(3)}4${r.digits(3)}`,
      `+33 6 ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} 4${r.digits(1)}`,
      `+44 7${r.from(4, 6)}11 ${r.digits(6)}`,
      `+91 98${r.digits(3)} ${r.digits(5)}`,
    ]),
    placeholder: false,
  }),
  (r) => ({
    kind: "ip_address",
    lead: "It came from ",
    value: `${r.pick([8, 45, 81, 93, 142, 185])}.${r.from(1, 250)}.${r.from(1, 250)}.${r.from(1, 250)}`,
    placeholder: false,
  }),
  (r) => ({
    kind: "ip_address",
    lead: "The server answers at ",
    value: `203.0.113.${r.from(1, 250)}`,
    placeholder: true,
  }),
  (r) => ({
    kind: "ip_address",
    lead: "It came from ",
    value: `2a0${r.from(1, 9)}:${r.hex(4)}:${r.hex(4)}::${r.hex(4)}`,
    placeholder: false,
  }),
  (r) => ({
    kind: "credit_card",
    lead: "Charge ",
    value: grouped(luhnNumber(r, r.pick(["4", "51", "53", "55"]), 16), r),
    placeholder: false,
  }),
  (r) => ({
    kind: "credit_card",
    lead: "Use the test card ",
    value: r.pick(["4242 4242 4242 4242", "5555555555554444", "4111 1111 1111 1111"]),
    placeholder: true,
  }),
  (r) => ({ kind: "iban", lead: "Pay to ", value: iban(r, "DE", 18), placeholder: false }),
  (r) => ({ kind: "iban", lead: "Pay to ", value: iban(r, r.pick(["ES", "PL"]), 0), placeholder: false }),
  (r) => ({
    kind: "national_id",
    lead: "My SSN is ",
    value: `${r.from(100, 665)}-${String(r.from(1, 99)).padStart(2, "0")}-${r.from(1000, 9999)}`,
    placeholder: false,
  }),
  (r) => ({
    kind: "national_id",
    lead: "NI number ",
    value: `${r.pick(["JG", "LM", "PW", "SE"])} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.pick(["A", "B", "C", "D"])}`,
    placeholder: false,
  }),
  (r) => ({ kind: "national_id", lead: "DNI ", value: dni(r), placeholder: false }),
  (r) => ({
    kind: "api_key",
    lead: "The key is ",
    value: `sk-${r.word(24)}${r.digits(2)}${r.word(22)}`,
    placeholder: false,
  }),
  (r) => ({ kind: "api_key", lead: "The key is ", value: `AKIA${r.upper(9)}EXAMPLE`, placeholder: true }),
  (r) => ({
    kind: "api_key",
    lead: "export TOKEN=",
    value: `ghp_${r.word(34)}${r.digits(2)}`,
    placeholder: false,
  }),
];

const DECOYS = [
  (r) => `Order number ${r.digits(4)} ${r.digits(4)} ${r.digits(4)}.`,
  (r) => `See version 10.${r.below(20)}.${r.below(20)}.${r.below(20)} of the manual.`,
  (r) => `The ratio is 0.${r.digits(16)}.`,
  () => "Use @property and std::chrono, or 12:30:45 as a time.",
  (r) => `Invoice ${r.digits(3)}-${r.digits(2)}-${r.digits(5)} is open.`,
  (r) => `Pages ${r.from(100, 400)}-${r.from(500, 900)} and ISBN 978-3-16-148410-0.`,
  () => "Install sk-learn-extra-tools-for-everyone and read https://docs.corp/sk-intro.",
  (r) => `MAC 00:1B:44:${r.hex(2)}:3A:B7 and color #${r.hex(6)}.`,
  (r) => `Commit ${r.hex(40)} fixed it.`,
  (r) => `The product is ${r.from(2, 9)}${r.digits(12)}.`,
];

function american(r, style, exchange, line) {
  const area = `${r.from(2, 9)}${r.from(0, 8)}${r.from(1, 9)}`;
  return [`${area}-${exchange}-${line}`, `(${area}) ${exchange}-${line}`, `+1 ${area}.${exchange}.${line}`][
    style
  ];
}

function luhnNumber(r, prefix, length) {
  const digits = prefix + r.digits(length - 1 - prefix.length);
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return digits + ((10 - (sum % 10)) % 10);
}

function grouped(digits, r) {
  return r.below(2) === 0 ? digits : digits.replace(/(\d{4})(?=\d)/g, "$1 ");
}

function iban(r, country, length) {
  const body = r.digits(length || (country === "ES" ? 20 : 24));
  let rest = 0;
  for (const character of `${body}${country}00`) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  const plain = `${country}${String(98 - rest).padStart(2, "0")}${body}`;
  return r.below(2) === 0 ? plain : plain.replace(/(.{4})(?=.)/g, "$1 ");
}

function dni(r) {
  const number = r.from(10_000_000, 99_999_999);
  return `${number}${"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]}`;
}

/** A small generator, so that the set is the same everywhere. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const below = (n) => Math.floor(next() * n);
  const chars = (alphabet) => (n) =>
    Array.from({ length: n }, () => alphabet[below(alphabet.length)]).join("");
  return {
    below,
    from: (a, b) => a + below(b - a + 1),
    pick: (list) => list[below(list.length)],
    digits: chars("0123456789"),
    hex: chars("0123456789abcdef"),
    word: chars("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
    upper: chars("BCDFGHJKLMNPQRSTVWXZ234567"),
  };
}
