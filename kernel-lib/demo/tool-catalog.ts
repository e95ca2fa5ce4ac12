/** A made catalogue of 200 tools of rising schema complexity, 1,343 tool sets over it, and calls that satisfy it. */
import { Random } from "./random";
import { RawJson } from "./shape";
import { ADJECTIVES, CITIES, CRAFTS, GOODS, NAMES, TOPICS } from "./words";

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of type object. */
  readonly parameters: Record<string, unknown>;
  readonly fields: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly kind: Kind;
}

interface Kind {
  readonly schema: Record<string, unknown>;
  draw(random: Random): unknown;
}

export interface ToolSet {
  readonly tools: readonly Tool[];
  /** The `tools` column, written once. */
  readonly json: RawJson;
}

/** Number of distinct tool sets. */
export const TOOL_SETS = 1343;

const SERVICES =
  "weather calendar library tram hotel harbor market parcel garden clinic museum archive invoice ticket recipe sensor route warehouse payroll survey translation backup playlist auction observatory".split(
    " ",
  );
const ACTIONS = "find get create update cancel list compare estimate".split(" ");

const word = (items: readonly string[]) => (random: Random) => random.pick(items);
const text = (description: string, draw: (random: Random) => string): Kind => ({
  schema: { type: "string", description },
  draw,
});
const date = (random: Random) =>
  `20${random.int(19, 31)}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`;
const choice = (description: string, values: readonly string[]): Kind => ({
  schema: { type: "string", description, enum: values },
  draw: word(values),
});
const integer = (description: string, minimum: number, maximum: number): Kind => ({
  schema: { type: "integer", description, minimum, maximum },
  draw: (random) => random.int(minimum, maximum),
});
const list = (description: string, items: Kind, most: number): Kind => ({
  schema: { type: "array", description, items: items.schema, minItems: 1, maxItems: most },
  draw: (random) => Array.from({ length: random.int(1, most) }, () => items.draw(random)),
});
const record = (
  description: string,
  fields: Readonly<Record<string, Kind>>,
  required: readonly string[],
): Kind => ({
  schema: {
    type: "object",
    description,
    properties: Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, kind.schema])),
    required,
    additionalProperties: false,
  },
  draw: (random) => {
    const value: Record<string, unknown> = {};
    for (const [name, kind] of Object.entries(fields)) {
      if (required.includes(name) || random.chance(0.5)) value[name] = kind.draw(random);
    }
    return value;
  },
});

const KINDS: Readonly<Record<string, Kind>> = {
  city: text("Name of the city.", word(CITIES)),
  person: text("Name of the person concerned.", word(NAMES)),
  topic: text("What it is about, in a few words.", word(TOPICS)),
  item: text("Plural name of the goods.", word(GOODS)),
  place: text("Kind of place.", word(CRAFTS)),
  day: { schema: { type: "string", description: "Day, YYYY-MM-DD.", format: "date" }, draw: date },
  reference: {
    schema: { type: "string", description: "Reference number.", pattern: "^[A-Z]{2}[0-9]{4}$" },
    draw: (random) => `${random.pick(["QX", "LM", "TR", "BN"])}${random.int(1000, 9999)}`,
  },
  count: integer("How many.", 1, 250),
  page: integer("Page of results, from 1.", 1, 40),
  unit: choice("Unit of the result.", ["metric", "imperial"]),
  order: choice("Order of the results.", ["newest", "oldest", "nearest", "cheapest"]),
  quality: choice("Wanted quality.", ADJECTIVES.slice(0, 6)),
  limit: {
    schema: { type: "number", description: "Upper limit of the price.", exclusiveMinimum: 0 },
    draw: (random) => random.int(1, 4000) / 4,
  },
  verbose: {
    schema: { type: "boolean", description: "Whether details are wanted.", default: false },
    draw: (random) => random.chance(0.5),
  },
  tags: list("Tags that must all be present.", { schema: { type: "string" }, draw: word(ADJECTIVES) }, 4),
  note: {
    schema: { anyOf: [{ type: "string", maxLength: 400 }, { type: "null" }], description: "A free note." },
    draw: (random) => (random.chance(0.4) ? null : `for ${random.pick(NAMES)}, ${random.pick(TOPICS)}`),
  },
  address: record(
    "Where to.",
    {
      street: text("Street and number.", (random) => `${random.int(1, 300)} ${random.pick(GOODS)} lane`),
      city: text("City.", word(CITIES)),
      floor: integer("Floor.", 0, 30),
    },
    ["street", "city"],
  ),
  lines: list(
    "The lines of the order.",
    record(
      "One line.",
      {
        item: text("Goods.", word(GOODS)),
        count: integer("How many.", 1, 90),
        price: {
          schema: { type: "number", description: "Price of one.", minimum: 0 },
          draw: (random) => random.int(4, 900) / 4,
        },
      },
      ["item", "count"],
    ),
    5,
  ),
  window: record(
    "Span of days.",
    {
      from: { schema: { type: "string", format: "date" }, draw: date },
      to: { schema: { type: "string", format: "date" }, draw: date },
      zone: choice("Time zone.", ["UTC", "local"]),
    },
    ["from", "to"],
  ),
};

/** The 200 tools: every service with every action; later actions take more and deeper parameters. */
export const TOOLS: readonly Tool[] = SERVICES.flatMap((service, s) =>
  ACTIONS.map((action, a) => makeTool(service, action, s * ACTIONS.length + a)),
);

function makeTool(service: string, action: string, index: number): Tool {
  const random = new Random(77, "tool", index);
  const names = Object.keys(KINDS);
  const size = 1 + (index % 5) + (index % 16 === 15 ? 4 : 0);
  const chosen = new Set<string>();
  while (chosen.size < Math.min(size, names.length)) chosen.add(random.pick(names));
  const fields = [...chosen].map((name, i) => ({
    name,
    required: i === 0 || random.chance(0.35),
    kind: KINDS[name]!,
  }));
  return {
    name: index % 5 === 3 ? `${service}.${action}` : `${action}_${service}`,
    description: `${action.charAt(0).toUpperCase()}${action.slice(1)} ${service} records by ${[...chosen].slice(0, 3).join(", ")}.`,
    parameters: {
      type: "object",
      properties: Object.fromEntries(fields.map((field) => [field.name, field.kind.schema])),
      required: fields.filter((field) => field.required).map((field) => field.name),
      ...(index % 3 === 0 ? { additionalProperties: false } : {}),
    },
    fields,
  };
}

let sets: ToolSet[] | undefined;

/** Tool set number `index`, 0 .. TOOL_SETS - 1; always the same one. */
export function toolSet(index: number): ToolSet {
  sets ??= makeSets();
  return sets[index % TOOL_SETS]!;
}

function makeSets(): ToolSet[] {
  const random = new Random(78, "tool sets");
  const known = new Set<string>();
  const made: ToolSet[] = [];
  while (made.length < TOOL_SETS) {
    const size = Math.min(12, 1 + random.longTail(2, 11));
    const tools = new Set<Tool>();
    while (tools.size < size) tools.add(random.pick(TOOLS));
    const key = [...tools].map((tool) => tool.name).join();
    if (known.has(key)) continue;
    known.add(key);
    const json = new RawJson(JSON.stringify([...tools].map(declare)));
    made.push({ tools: [...tools], json });
  }
  return made;
}

/** A tool as it stands in a `tools` column. */
export function declare(tool: Tool): Record<string, unknown> {
  const { name, description, parameters } = tool;
  return { type: "function", function: { name, description, parameters } };
}

/** Arguments that satisfy the tool's schema. */
export function drawArguments(random: Random, tool: Tool): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of tool.fields) {
    if (field.required || random.chance(0.4)) value[field.name] = field.kind.draw(random);
  }
  return value;
}

/** What the tool answers: an object, or for searches a list of objects. */
export function drawResult(random: Random, tool: Tool): unknown {
  const one = () => ({
    reference: `${random.pick(["QX", "LM", "TR", "BN"])}${random.int(1000, 9999)}`,
    city: random.pick(CITIES),
    contact: random.pick(NAMES),
    day: date(random),
    amount: random.int(1, 90_000) / 4,
    open: random.chance(0.7),
    remark: `${random.pick(ADJECTIVES)} ${random.pick(CRAFTS)}, ${random.int(1, 400)} ${random.pick(GOODS)}`,
  });
  if (/find|list|compare/.test(tool.name)) return Array.from({ length: random.longTail(2, 12) }, one);
  return { status: random.chance(0.95) ? "ok" : "not_found", ...one() };
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
