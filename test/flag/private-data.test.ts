import { describe, expect, it } from "vitest";
import { findPrivateData } from "../../kernel-lib/flag/private/find-private-data";
import { privateData } from "../../kernel-lib/flag/private-data";
import { redact } from "../../kernel-lib/flag/redact";
import { flagRow } from "./flag-rows";

/** `kind/form` of each span, `~` before a placeholder, and the piece of text. */
function found(text: string): string[] {
  return findPrivateData(text).map(
    ({ kind, form, start, end, placeholder }) =>
      `${placeholder ? "~" : ""}${kind}/${form}: ${text.slice(start, end)}`,
  );
}

// Keys are put together here so that no scanner takes this file for a leak.
const KEY = {
  openai: `sk-${"T3BlbkFJq7Zr9Vx2Lm4N"}${"c8Wd1Yp6Ks0Hf5Gb"}`,
  aws: `AKIA${"QW3E5R7T9Y1U3I5O"}`,
  github: `ghp_${"a8Kd72hQpLx93mZcV05tRwYb61NsEu4JfGi7"}`,
  google: `AIza${"SyD3k9_Lm2Qx7Rt5Vw8Zb1Nc4Hf6Gj0KpYs"}`,
  slack: `xoxb-${"2938471056-5647382910-QmZxCvBnLkJh"}`,
  stripe: `sk_live_${"9fKq2LmXw7Zr4Tb6Vn8Yc1Hd"}`,
  hf: `hf_${"KqWzXnRtYvBmLpJdHsGfCcAaEeUuOoIiQq"}`,
};

describe("private data", () => {
  it.each([
    ["Write to anna.kruger+shop@mail.corp-x.co.uk today.", "email/email: anna.kruger+shop@mail.corp-x.co.uk"],
    ["(o'neil@uni.ie)", "email/email: o'neil@uni.ie"],
    ["Call 212-736-5000 now", "phone/north_american: 212-736-5000"],
    ["(415) 781-2345", "phone/north_american: (415) 781-2345"],
    ["+49 30 901820 is open", "phone/international: +49 30 901820"],
    ["My mobile: 0171 2345609", "phone/announced: 0171 2345609"],
    ["host 8.8.4.4:53", "ip_address/ipv4: 8.8.4.4"],
    ["at 2a00:1450:4001:81b::200e", "ip_address/ipv6: 2a00:1450:4001:81b::200e"],
    ["IBAN DE75 5121 0800 1245 1261 99.", "iban/DE: DE75 5121 0800 1245 1261 99"],
    ["card 4539 1488 0343 6467", "credit_card/visa: 4539 1488 0343 6467"],
    ["SSN 536-90-4399", "national_id/us_ssn: 536-90-4399"],
    ["NI number JG 10 37 59 A", "national_id/uk_nino: JG 10 37 59 A"],
    ["DNI 54362315K", "national_id/es_dni: 54362315K"],
    ["CPF 529.982.247-25", "national_id/br_cpf: 529.982.247-25"],
    ["CF MRTMTT91D08F205J", "national_id/it_codice_fiscale: MRTMTT91D08F205J"],
    ["aadhaar 2345 6789 0124", "national_id/in_aadhaar: 2345 6789 0124"],
    ["11010519491231002X", "national_id/cn_resident_id: 11010519491231002X"],
    ...Object.entries(KEY).map(([name, key]) => [
      `export TOKEN=${key}`,
      `api_key/${name === "hf" ? "huggingface" : name}: ${key}`,
    ]),
  ])("finds %s", (text, expected) => {
    expect(found(text!)).toEqual([expected]);
  });

  it.each([
    ["someone@example.com", "~email/email: someone@example.com"],
    ["a@shop.test", "~email/email: a@shop.test"],
    ["617-555-0184", "~phone/north_american: 617-555-0184"],
    ["1 202-555-0129", "~phone/north_american: 1 202-555-0129"],
    ["+44 20 7946 0958", "~phone/international: +44 20 7946 0958"],
    ["203.0.113.140", "~ip_address/ipv4: 203.0.113.140"],
    ["127.0.0.1", "~ip_address/ipv4: 127.0.0.1"],
    ["2001:db8::1:0:0:1", "~ip_address/ipv6: 2001:db8::1:0:0:1"],
    ["4242 4242 4242 4242", "~credit_card/visa: 4242 4242 4242 4242"],
    ["GB82 WEST 1234 5698 7654 32", "~iban/GB: GB82 WEST 1234 5698 7654 32"],
    ["078-05-1120", "~national_id/us_ssn: 078-05-1120"],
    ["AKIAIOSFODNN7EXAMPLE", "~api_key/aws: AKIAIOSFODNN7EXAMPLE"],
  ])("knows %s as a documentation value", (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    "3.14159265358979 and 2.71828182845904",
    "The sum of 1234 5678 9012 3456 and 12 is even.",
    "version 10.2.3.4, section 1.2.3.4",
    "@decorator and a @ b, user@host, x@y.z1",
    "std::vector, a::b, 12:30:45, 00:1B:44:11:3A:B7",
    "sk-learn-compatible-estimators-are-nice",
    "999-99-9999 and 000-12-3456 are no numbers of people",
    "2023-10-12 15:00, pages 415-781, 1998-2004",
    "DE75 5121 0800 1245 1261 98",
    "4539 1488 0343 6468",
    "100,000,000 / 5,000 = 20,000; 1/2 + 3/4",
    "f(2125551234567) = 4.5",
    "300.400.500.600",
  ])("finds nothing in %s", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("takes a private key from its first line to its last", () => {
    const key = `-----BEGIN RSA ${"PRIVATE KEY"}-----\n${"MIIEowIBAAKCAQEAx7Tq2Zr9\n".repeat(10)}-----END RSA ${"PRIVATE KEY"}-----`;
    expect(found(`key:\n${key}\nthat is all`)).toEqual([`private_key/pem: ${key}`]);
    expect(found(`-----BEGIN ${"PRIVATE KEY"}-----\n...\n-----END ${"PRIVATE KEY"}-----`)[0]).toMatch(
      /^~private_key/,
    );
  });

  it("lets the stricter kind stand where two fit, and never overlaps", () => {
    const spans = findPrivateData("tel: 4539 1488 0343 6467, ann@10.20.30.40.com 5.6.7.8");
    expect(spans.map(({ kind }) => kind)).toEqual(["credit_card", "email", "ip_address"]);
    expect(spans.every(({ start }, i) => i === 0 || start >= spans[i - 1]!.end)).toBe(true);
  });
});

describe("the flag", () => {
  it("says what was found where, and real from made up, without the values", async () => {
    const row = await flagRow(privateData, [
      ["system", "Server 203.0.113.9"],
      ["user", "I am li.wei@corp.cn"],
      ["assistant", "Noted.", { reasoning_content: "Their number is 212-736-5000." }],
    ]);
    expect(row).toMatchObject({
      private_data: ["email", "phone"],
      private_data_count: 2,
      private_data_placeholders: ["ip_address"],
      private_data_placeholder_count: 1,
      private_data_where: ["prompt", "reasoning"],
    });
    expect(JSON.parse(row.private_data_spans as string)[1]).toEqual({
      ...{ message: 1, part: "content", kind: "email", form: "email", start: 5, end: 19, placeholder: false },
    });
    expect(row.private_data_spans).not.toContain("wei");
    expect((await flagRow(privateData, "Nothing here.")).private_data_spans).toBeNull();
  });
});

describe("redact", () => {
  it("replaces by kind, the same value by the same name, and says where each stood", () => {
    const text = "ann@corp.io, bob@corp.io, ann@corp.io, 8.8.8.8, test@example.com";
    const redacted = redact(text);
    expect(redacted.text).toBe("[EMAIL_1], [EMAIL_2], [EMAIL_1], [IP_ADDRESS_1], test@example.com");
    expect(redacted.spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      ...["ann@corp.io", "bob@corp.io", "ann@corp.io", "8.8.8.8"],
    ]);
    expect(redact(text, { kinds: ["ip_address"], placeholders: true }).text).toContain(
      "ann@corp.io, [IP_ADDRESS_1]",
    );
    expect(redact(text, { placeholders: true }).text).toContain("[EMAIL_3]");
  });

  it("finds nothing in what it redacted", () => {
    const { text } = redact(`mail ann@corp.io card 4539 1488 0343 6467 key ${KEY.github}`);
    expect(findPrivateData(text)).toEqual([]);
  });
});
