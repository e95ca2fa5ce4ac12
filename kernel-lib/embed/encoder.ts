/** Texts to vectors: what the rest of the room knows of a model. */

export interface Encoded {
  /** Of length 1; null where there is none, with the reason. */
  readonly vectors: readonly (Float32Array | null)[];
  readonly reasons: readonly (string | null)[];
  /** Tokens that the model saw, its own marks included. */
  readonly tokens: readonly number[];
  /** The text was longer than the model reads. */
  readonly truncated: readonly boolean[];
}

export interface Encoder {
  readonly dimensions: number;
  /** Characters of a text that are looked at. */
  readonly mostCharacters: number;
  /** Vectors in the order of the texts. Rows are batched by length; equal texts are computed once. */
  encode(texts: readonly string[]): Promise<Encoded>;
}
