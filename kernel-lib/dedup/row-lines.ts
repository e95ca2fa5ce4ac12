/** Single rows, read again from where their line stands: identity, rank and shingles of the few rows that need them. */
import { closeSync, openSync, readSync } from "node:fs";
import type { LineFile } from "./line-file";
import type { DedupSettings } from "./settings";
import type { SignModule } from "./sign-module";
import { configured } from "./sign-task";
import type { Signatures } from "./signatures";

/** Slots of the module's fields. */
const TEXT = 0;
const ID = 1;
const KEY = 2;
const VERIFIED = 3;

export interface RowWords {
  readonly count: number;
  /** Hashes of the n-grams, two numbers each, in the order of the text. */
  grams(n: number): Uint32Array;
  /** The text from word `from` to before word `to`, lower-cased. */
  text(from: number, to: number): string;
  /** The message bodies, white space collapsed. */
  bodies(): string[];
}

export class RowLines {
  private readonly modules = new Map<string, SignModule>();
  private readonly ofFile = new Map<LineFile, SignModule>();
  private view: Uint8Array | null = null;
  private readonly descriptors = new Map<string, number>();

  constructor(
    private readonly signatures: Signatures,
    private readonly settings: DedupSettings,
  ) {}

  /** The hashes of the row's shingles, repeated ones too; valid until the next call. */
  grams(row: number): { readonly bytes: Uint8Array; readonly count: number } {
    const module = this.load(row);
    const count = module.gramsOf(this.signatures.length[row]!, 1);
    const at = module.gramHashes();
    return { bytes: this.bytesOf(module).subarray(at, at + count * 8), count };
  }

  /** The row's words; valid until the next call. */
  words(row: number): RowWords {
    const module = this.load(row);
    module.gramsOf(this.signatures.length[row]!, 1);
    return {
      count: module.wordsFound(),
      grams: (n) => {
        module.cutGrams(n);
        return new Uint32Array(module.memory.buffer, module.gramHashes(), module.gramsFound() * 2);
      },
      text: (from, to) => {
        const edges = new Uint32Array(module.memory.buffer, module.wordEdges(), module.wordsFound() * 2);
        const [begin, end] = [edges[2 * from]!, edges[2 * to - 1]!];
        return Buffer.from(module.memory.buffer, module.lowerText() + begin, end - begin)
          .toString()
          .replaceAll("\0", " ");
      },
      bodies: () =>
        Buffer.from(module.memory.buffer, module.cleanText(), module.cleanBytes())
          .toString()
          .trimEnd()
          .split("\n"),
    };
  }

  /** The row's row_key, or where it stands where the table brings none. */
  key(row: number): string {
    const { fields, name } = this.signatures.fileOf(row);
    const given = fields.key === null ? null : this.field(this.load(row), row, KEY);
    return given ?? `${name}#${this.signatures.numberOf(row)}`;
  }

  /** The user's own id; null where the table has none. */
  id(row: number): string | null {
    const { id } = this.signatures.fileOf(row).fields;
    return id === null ? null : (this.field(this.load(row), row, ID) ?? this.numberIn(row, id));
  }

  /** A member of the row's line that is a number, as it is written there. */
  private numberIn(row: number, name: string): string | null {
    const bytes = new Uint8Array(this.signatures.length[row]!);
    this.readInto(row, bytes, 0);
    const line = Buffer.from(bytes).toString();
    let value: unknown;
    try {
      value = (JSON.parse(line) as Record<string, unknown>)[name];
    } catch {
      return null; // a line that is no JSON has no id
    }
    if (typeof value !== "number") return null;
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return String(value);
    // Integers that JavaScript rounds keep their digits.
    const at = line.indexOf(JSON.stringify(name));
    return /^\s*:\s*(-?\d+)/.exec(line.slice(at + JSON.stringify(name).length))?.[1] ?? String(value);
  }

  /** What ranks before length: 1 where the answer was verified as correct. */
  verified(row: number): number {
    if (this.signatures.fileOf(row).fields.verified === null) return 0;
    return this.field(this.load(row), row, VERIFIED) === "1" ? 1 : 0;
  }

  /** The beginning of the row's text, at most `most` bytes of it. */
  beginning(row: number, most = 2000): string {
    const module = this.load(row);
    if (module.lineField(TEXT, this.signatures.length[row]!) !== 0) return "";
    const length = Math.min(most, module.textBytes());
    return Buffer.from(module.memory.buffer, module.textStart(), length)
      .toString()
      .replace(/\uFFFD$/, "");
  }

  close(): void {
    for (const descriptor of this.descriptors.values()) closeSync(descriptor);
  }

  private field(module: SignModule, row: number, slot: number): string | null {
    if (module.lineField(slot, this.signatures.length[row]!) !== 0) return null;
    return Buffer.from(module.memory.buffer, module.textStart(), module.textBytes()).toString();
  }

  private readInto(row: number, into: Uint8Array, at: number): void {
    const { path } = this.signatures.fileOf(row);
    let descriptor = this.descriptors.get(path);
    if (descriptor === undefined) {
      descriptor = openSync(path, "r");
      this.descriptors.set(path, descriptor);
    }
    readSync(descriptor, into, at, this.signatures.length[row]!, this.signatures.place[row]!);
  }

  /** The module's memory; one view as long as the memory does not grow, for there may be millions of rows. */
  private bytesOf(module: SignModule): Uint8Array {
    if (this.view?.buffer !== module.memory.buffer) this.view = new Uint8Array(module.memory.buffer);
    return this.view;
  }

  private moduleFor(file: LineFile): SignModule {
    const { text, id, key, verified } = file.fields;
    const name = JSON.stringify([text, id, key, verified]);
    const module = this.modules.get(name) ?? configured(this.settings, [text, id, key, verified]);
    this.modules.set(name, module);
    this.ofFile.set(file, module);
    return module;
  }

  /** The module of the row's fields, its input filled with the row's line. */
  private load(row: number): SignModule {
    const file = this.signatures.fileOf(row);
    const module = this.ofFile.get(file) ?? this.moduleFor(file);
    const at = module.input(this.signatures.length[row]!);
    this.readInto(row, this.bytesOf(module), at);
    return module;
  }
}
