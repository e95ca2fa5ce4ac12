/** Word problems whose solutions are true: the steps are computed, not chosen. */
import type { Random } from "./random";
import { CITIES, GOODS, NAMES } from "./words";

export interface Problem {
  readonly topic: string;
  readonly text: string;
  /** One sentence each, in order. */
  readonly steps: readonly string[];
  /** Python expressions whose values are the steps' results, in order. */
  readonly expressions: readonly (readonly [string, number])[];
  readonly answer: string;
}

type Family = (random: Random) => Problem;

const shopping: Family = (random) => {
  const [name, a, b] = [random.pick(NAMES), random.int(2, 48), random.int(2, 39)];
  const [p, q, extra] = [random.int(2, 27), random.int(3, 31), random.int(1, 90)];
  const [first, second] = [random.pick(GOODS), random.pick(GOODS)];
  const [one, two] = [a * p, b * q];
  const paid = one + two + extra;
  return {
    topic: "shopping",
    text: `${name} buys ${a} ${first} at ${p} coins each and ${b} ${second} at ${q} coins each for a shop in ${random.pick(CITIES)}. ${name} pays with ${paid} coins. How many coins come back?`,
    steps: [
      `The ${first} cost ${a} × ${p} = ${one} coins.`,
      `The ${second} cost ${b} × ${q} = ${two} coins.`,
      `Together that is ${one} + ${two} = ${one + two} coins.`,
      `The change is ${paid} − ${one + two} = ${extra} coins.`,
    ],
    expressions: [
      [`${a}*${p}`, one],
      [`${b}*${q}`, two],
      [`${one}+${two}`, one + two],
      [`${paid}-${one + two}`, extra],
    ],
    answer: String(extra),
  };
};

const travel: Family = (random) => {
  const [from, to, name] = [random.pick(CITIES), random.pick(CITIES), random.pick(NAMES)];
  const [v, t, w, u] = [random.int(12, 95), random.int(2, 9), random.int(10, 80), random.int(1, 8)];
  const [one, two] = [v * t, w * u];
  return {
    topic: "rates",
    text: `${name} rides from ${from} toward ${to} at ${v} km per hour for ${t} hours, then walks and takes a boat that together average ${w} km per hour for ${u} more hours. How far is the whole way, in km?`,
    steps: [
      `The first part is ${v} × ${t} = ${one} km.`,
      `The second part is ${w} × ${u} = ${two} km.`,
      `The whole way is ${one} + ${two} = ${one + two} km.`,
    ],
    expressions: [
      [`${v}*${t}`, one],
      [`${w}*${u}`, two],
      [`${one}+${two}`, one + two],
    ],
    answer: String(one + two),
  };
};

const machines: Family = (random) => {
  const [count, rate, hours] = [random.int(2, 24), random.int(5, 140), random.int(3, 16)];
  const [goods, share] = [random.pick(GOODS), random.pick([4, 5, 10, 20, 25])];
  const all = count * rate * hours * share;
  const bad = all / share;
  return {
    topic: "percent",
    text: `A workshop in ${random.pick(CITIES)} has ${count * share} machines. Each makes ${rate} ${goods} an hour and runs ${hours} hours a day. One in ${share} of the ${goods} is sent back. How many good ${goods} are left at the end of a day?`,
    steps: [
      `In an hour the machines make ${count * share} × ${rate} = ${count * share * rate} ${goods}.`,
      `In a day they make ${count * share * rate} × ${hours} = ${all}.`,
      `Sent back are ${all} ÷ ${share} = ${bad}.`,
      `Left are ${all} − ${bad} = ${all - bad}.`,
    ],
    expressions: [
      [`${count * share}*${rate}`, count * share * rate],
      [`${count * share * rate}*${hours}`, all],
      [`${all}//${share}`, bad],
      [`${all}-${bad}`, all - bad],
    ],
    answer: String(all - bad),
  };
};

const remainder: Family = (random) => {
  const [a, b, c, m] = [random.int(12, 980), random.int(11, 870), random.int(1, 999), random.int(7, 97)];
  const value = a * b + c;
  return {
    topic: "number theory",
    text: `What is the remainder when $${a} \\cdot ${b} + ${c}$ is divided by $${m}$?`,
    steps: [
      `The product is ${a} × ${b} = ${a * b}.`,
      `Adding gives ${a * b} + ${c} = ${value}.`,
      `Since ${m} × ${Math.floor(value / m)} = ${m * Math.floor(value / m)}, the remainder is ${value} − ${m * Math.floor(value / m)} = ${value % m}.`,
    ],
    expressions: [
      [`${a}*${b}`, a * b],
      [`${a * b}+${c}`, value],
      [`${value}%${m}`, value % m],
    ],
    answer: String(value % m),
  };
};

const series: Family = (random) => {
  const [first, step, terms] = [random.int(1, 900), random.int(2, 97), random.int(8, 120) * 2];
  const last = first + step * (terms - 1);
  const sum = (terms / 2) * (first + last);
  return {
    topic: "series",
    text: `An arithmetic sequence begins with ${first} and grows by ${step} each time. What is the sum of its first ${terms} terms?`,
    steps: [
      `The last term is ${first} + ${step} × ${terms - 1} = ${last}.`,
      `There are ${terms / 2} pairs, each with the sum ${first} + ${last} = ${first + last}.`,
      `The sum is ${terms / 2} × ${first + last} = ${sum}.`,
    ],
    expressions: [
      [`${first}+${step}*${terms - 1}`, last],
      [`${first}+${last}`, first + last],
      [`${terms / 2}*${first + last}`, sum],
    ],
    answer: String(sum),
  };
};

const heads: Family = (random) => {
  const [three, two] = [random.int(4, 180), random.int(3, 190)];
  const [count, wheels] = [three + two, 3 * three + 2 * two];
  return {
    topic: "equations",
    text: `A rental yard in ${random.pick(CITIES)} keeps ${count} vehicles, each a bicycle with 2 wheels or a cargo trike with 3 wheels. ${random.pick(NAMES)} counts ${wheels} wheels. How many trikes are there?`,
    steps: [
      `If all were bicycles, there would be 2 × ${count} = ${2 * count} wheels.`,
      `There are ${wheels} − ${2 * count} = ${three} wheels more, and each trike adds one.`,
      `So there are ${three} trikes.`,
    ],
    expressions: [
      [`2*${count}`, 2 * count],
      [`${wheels}-${2 * count}`, three],
    ],
    answer: String(three),
  };
};

const garden: Family = (random) => {
  const [w, l, path] = [random.int(4, 400), random.int(5, 900), random.int(1, 40)];
  const [inner, outer] = [w * l, (w + 2 * path) * (l + 2 * path)];
  return {
    topic: "geometry",
    text: `A garden is ${w} m wide and ${l} m long. A path ${path} m wide runs all the way around it. What is the area of the path in square meters?`,
    steps: [
      `The garden's area is ${w} × ${l} = ${inner} square meters.`,
      `With the path it is ${w + 2 * path} × ${l + 2 * path} = ${outer} square meters.`,
      `The path has ${outer} − ${inner} = ${outer - inner} square meters.`,
    ],
    expressions: [
      [`${w}*${l}`, inner],
      [`${w + 2 * path}*${l + 2 * path}`, outer],
      [`${outer}-${inner}`, outer - inner],
    ],
    answer: String(outer - inner),
  };
};

const roots: Family = (random) => {
  const [r, s, k] = [random.int(-199, 199), random.int(-199, 199), random.int(2, 99)];
  const [sum, product] = [r + s, r * s];
  const value = sum * sum - 2 * product;
  return {
    topic: "algebra",
    text: `The roots of $${k}x^2 ${signed(-k * sum)}x ${signed(k * product)} = 0$ are $r$ and $s$. Find $r^2 + s^2$.`,
    steps: [
      `Dividing by ${k} gives $x^2 ${signed(-sum)}x ${signed(product)} = 0$, so r + s = ${sum} and rs = ${product}.`,
      `Then r² + s² = (r + s)² − 2rs = ${sum * sum} − ${2 * product < 0 ? `(${2 * product})` : 2 * product} = ${value}.`,
    ],
    expressions: [
      [`(${sum})**2`, sum * sum],
      [`(${sum})**2-2*(${product})`, value],
    ],
    answer: String(value),
  };
};

const choices: Family = (random) => {
  const [n, k, extra] = [random.int(6, 60), random.int(2, 4), random.int(2, 900)];
  let ways = 1;
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
  return {
    topic: "counting",
    text: `A club in ${random.pick(CITIES)} has ${n} members. In how many ways can it choose a team of ${k} and, apart from that, one of ${extra} meeting rooms?`,
    steps: [
      `The team can be chosen in $\\binom{${n}}{${k}} = ${ways}$ ways.`,
      `For each there are ${extra} rooms, so there are ${ways} × ${extra} = ${ways * extra} ways.`,
    ],
    expressions: [
      [`math.comb(${n}, ${k})`, ways],
      [`${ways}*${extra}`, ways * extra],
    ],
    answer: String(ways * extra),
  };
};

const EASY: readonly Family[] = [shopping, travel, machines, heads, garden];
const HARD: readonly Family[] = [remainder, series, roots, choices, heads, machines];

/** A word problem with its true solution; `hardness` 0..1 moves from everyday sums to algebra and counting. */
export function wordProblem(random: Random, hardness: number): Problem {
  return random.pick(random.chance(hardness) ? HARD : EASY)(random);
}

function signed(value: number): string {
  return value < 0 ? `- ${-value}` : `+ ${value}`;
}
