import { beforeAll, describe, expect, it } from "vitest";
import { languageOf, loadDetector } from "../../kernel-lib/flag/detect-language";
import { language } from "../../kernel-lib/flag/language";
import { Body } from "../../kernel-lib/flag/row-view";
import { answer, flagRow } from "./flag-rows";

const TEXTS: Record<string, string> = {
  en: "The bakery opens at six in the morning and closes when the bread is gone.",
  de: "Die Bäckerei öffnet um sechs Uhr morgens und schließt, wenn das Brot ausverkauft ist.",
  fr: "La boulangerie ouvre à six heures du matin et ferme quand il n'y a plus de pain.",
  es: "La panadería abre a las seis de la mañana y cierra cuando se acaba el pan.",
  ru: "Пекарня открывается в шесть утра и закрывается, когда заканчивается хлеб.",
  zh: "面包店早上六点开门，面包卖完就关门。",
  ja: "パン屋は朝六時に開店し、パンがなくなると閉店します。",
  th: "ร้านเบเกอรี่เปิดหกโมงเช้าและปิดเมื่อขนมปังหมด",
  te: "బేకరీ ఉదయం ఆరు గంటలకు తెరుస్తారు, రొట్టె అయిపోగానే మూసేస్తారు.",
  bn: "বেকারিটি সকাল ছয়টায় খোলে এবং রুটি শেষ হলে বন্ধ হয়ে যায়।",
  sw: "Duka la mikate hufunguliwa kila siku saa kumi na mbili asubuhi na hufungwa baada ya mikate yote kuisha kwa wateja wake.",
};

beforeAll(loadDetector);

describe("language", () => {
  it.each(Object.entries(TEXTS))("tells %s", async (code, text) => {
    expect(await flagRow(language, answer(text))).toMatchObject({
      language: code,
      not_english: code !== "en",
    });
  });

  it("leaves code, formulas, URLs and names of things out", () => {
    const told = (text: string) => languageOf(new Body("user", "content", 0, text), 20).language;
    const code = "```python\n# die Summe der Zahlen, wenn sie nicht leer ist\nsumme = 0\n```\n";
    expect(told(code)).toBe("und");
    expect(told("$\\text{der Winkel ist}$ https://beispiel.de/der-die-das meta/der-die")).toBe("und");
    expect(told(`${code}${TEXTS.en} $x = \\text{und}$`)).toBe("en");
  });

  it("gives a code a message, and those that are not English", async () => {
    const row = await flagRow(language, [
      ["system", TEXTS.en!],
      ["user", TEXTS.fr!],
      ["assistant", `${TEXTS.en}\n\`\`\`\n${TEXTS.de}\n\`\`\``],
    ]);
    expect(row).toMatchObject({
      language: "en",
      prompt_language: "fr",
      message_languages: ["en", "fr", "en"],
      other_languages: ["fr"],
    });
  });

  it("lets technical English live: few common words, but the detector says so, or the reverse", async () => {
    const technical =
      "Kubernetes pods restart; check liveness probes, memory limits, eviction thresholds, node pressure, taints, tolerations.";
    expect((await flagRow(language, answer(technical))).not_english).toBe(false);
  });

  it("says und, not a guess, where there is too little text", async () => {
    for (const text of ["42", "x = 1", "$\\frac{1}{2}$", "bert-base-multilingual-cased", "", "😀😀😀"]) {
      expect(await flagRow(language, answer(text))).toMatchObject({
        language: "und",
        not_english: false,
        english_share: null,
      });
    }
  });
});
