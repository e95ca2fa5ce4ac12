/** A conversation's HTML read back: who speaks, the mark in words, and the whole body with what is folded. */

export interface ReadTurn {
  readonly role: string;
  readonly mark: string;
  readonly body: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" },
};

export function readTurns(html: string): ReadTurn[] {
  return html
    .split(/<div style="border-left:/)
    .slice(1)
    .map((piece) => {
      const bodies = [...piece.matchAll(/<div class="corpuslab-body"[^>]*>([\s\S]*?)<\/div>/g)];
      const chips = [...piece.matchAll(/<span style="display:inline-block[^>]*>([^<]*)<\/span>/g)].map(
        (chip) => plain(chip[1]!),
      );
      const calls = /<\/span> <span>(calls [^<·]*)/.exec(piece)?.[1];
      return {
        role: [chips[0]!, ...(calls ? [plain(calls).trim()] : [])].join(": "),
        mark: chips[1] ?? "",
        body: bodies.map((body) => plain(body[1]!)).join(""),
      };
    });
}

function plain(html: string): string {
  return html.replace(/<[^>]*>/g, "").replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!);
}
