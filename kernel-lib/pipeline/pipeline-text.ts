/** The text of a pipeline file, with the place of each of its values: for messages that point at a line. */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { InputError } from "../errors";
import { plainText } from "../notebook/plain-text";

/** `steps`, `0`, `params`: the way from the whole to a value. */
export type ValuePath = readonly (string | number)[];

const SAYS: Readonly<Record<string, string>> = {
  InvalidSymbol: "a word that JSON does not have; texts stand in double quotes",
  InvalidNumberFormat: "a number that JSON does not have",
  PropertyNameExpected: "expected a name in double quotes (a comma before } must go)",
  ValueExpected: "expected a value (a comma before ] must go)",
  ColonExpected: "expected a colon after the name",
  CommaExpected: "expected a comma",
  CloseBraceExpected: "expected }",
  CloseBracketExpected: "expected ]",
  EndOfFileExpected: "expected the end of the file",
  InvalidCommentToken: "a comment, which JSON does not have",
  UnexpectedEndOfComment: "a comment, which JSON does not have",
  UnexpectedEndOfString: "a text without its closing quote",
  UnexpectedEndOfNumber: "a number without its end",
  InvalidUnicode: "\\u without four digits",
  InvalidEscapeCharacter: "a backslash before a character that needs none",
  InvalidCharacter: "a control character or line break inside a text",
};

/** A pipeline file that was parsed. */
export class PipelineText {
  readonly value: unknown;
  private readonly root: Node;

  /** @throws InputError at the first place that is no JSON, and at a name that stands twice in one object. */
  constructor(
    private readonly path: string,
    private readonly text: string,
  ) {
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const [first] = errors.sort((a, b) => a.offset - b.offset);
    if (first || !root) {
      const says = SAYS[printParseErrorCode(first?.error ?? 4)] ?? "is no JSON";
      throw this.errorAt(first?.offset ?? 0, `is no JSON here: ${says}`);
    }
    this.root = root;
    const twice = doubleName(root);
    if (twice) throw this.errorAt(twice.offset, `${String(twice.value)} stands twice`);
    this.value = JSON.parse(text);
  }

  /** An error at a value; with `key` at the name of the member. */
  error(path: ValuePath, what: string, { key = false }: { readonly key?: boolean } = {}): InputError {
    let node = this.root;
    for (const part of path) {
      const next =
        typeof part === "number"
          ? node.children?.[part]
          : node.children?.find((member) => member.children?.[0]?.value === part)?.children?.[
              key && part === path.at(-1) ? 0 : 1
            ];
      if (!next) break;
      node = next;
    }
    const where = path.reduce<string>(
      (text, part) =>
        typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
      "",
    );
    return this.errorAt(node.offset, where === "" ? what : `${plainText(where)}: ${what}`);
  }

  private errorAt(offset: number, what: string): InputError {
    const before = this.text.slice(0, offset).split("\n");
    return new InputError(`${this.path}:${before.length}:${before.at(-1)!.length + 1}: ${what}`);
  }
}

function doubleName(node: Node): Node | null {
  const names = new Set<unknown>();
  for (const child of node.children ?? []) {
    const name = node.type === "object" ? child.children?.[0] : undefined;
    if (name && names.has(name.value)) return name;
    if (name) names.add(name.value);
    const inside = doubleName(child);
    if (inside) return inside;
  }
  return null;
}
