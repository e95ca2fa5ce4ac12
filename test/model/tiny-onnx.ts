/** ONNX models of a few nodes, written as protobuf by hand: what no exporter makes on purpose is made here. */

export const TYPES = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type ElementType = keyof typeof TYPES;

export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
  /** File beside the model that holds the data in place of the model. */
  readonly file?: string;
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number>>;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers?: readonly Initializer[];
  readonly nodes: readonly Node[];
}

/** The bytes of a model file. */
export function onnxBytes({ inputs, outputs, initializers = [], nodes }: Graph): Buffer {
  const graph = [
    ...nodes.map((node) => field(1, nodeBytes(node))),
    text(2, "tiny"),
    ...initializers.map((tensor) => field(5, tensorBytes(tensor))),
    ...inputs.map((value) => field(11, valueBytes(value))),
    ...outputs.map((value) => field(12, valueBytes(value))),
  ];
  return Buffer.concat([
    number(1, 8),
    field(7, Buffer.concat(graph)),
    field(8, Buffer.concat([text(1, ""), number(2, 17)])),
  ]);
}

function nodeBytes({ op, inputs, outputs, attributes = {} }: Node): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      field(5, Buffer.concat([text(1, name), number(3, value), number(20, 2)])),
    ),
  ]);
}

function tensorBytes({ name, type, dims, data, file }: Initializer): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const place = (key: string, value: string) => field(13, Buffer.concat([text(1, key), text(2, value)]));
  return Buffer.concat([
    ...dims.map((size) => number(1, size)),
    number(2, TYPES[type]),
    text(8, name),
    ...(file === undefined
      ? [field(9, bytes)]
      : [
          place("location", file),
          place("offset", "0"),
          place("length", String(bytes.length)),
          number(14, 1),
        ]),
  ]);
}

function valueBytes({ name, type, shape }: Value): Buffer {
  const sizes = shape.map((size) => field(1, typeof size === "number" ? number(1, size) : text(2, size)));
  const tensor = Buffer.concat([number(1, TYPES[type]), field(2, Buffer.concat(sizes))]);
  return Buffer.concat([text(1, name), field(2, field(1, tensor))]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function number(key: number, value: number): Buffer {
  return Buffer.concat([varint(key << 3), varint(value)]);
}

function field(key: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((key << 3) | 2), varint(bytes.length), bytes]);
}

function text(key: number, value: string): Buffer {
  return field(key, Buffer.from(value));
}
