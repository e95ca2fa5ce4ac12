/** How often a domain model is right, on rows that it has not learned from. */
import type { DomainModel, LabelledVectors } from "./domain-model";

export interface DomainMeasure {
  /** Rows that were asked. */
  readonly rows: number;
  /** Share whose likeliest domain is the known one, whatever the confidence. */
  readonly accuracy: number;
  /** Mean of that share over the domains, so that small ones count. */
  readonly balancedAccuracy: number;
  /** Share that is given a domain and not `other`. */
  readonly coverage: number;
  /** Share of those that is right. */
  readonly accepted: number;
  /** Known domain → given domain (or `other`) → rows. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Rows in bins of confidence: how sure the model was and how often it was right. */
  readonly calibration: readonly {
    readonly from: number;
    readonly rows: number;
    readonly confidence: number;
    readonly right: number;
  }[];
  /** Mean distance of confidence and share that is right, weighted by rows (ECE). */
  readonly calibrationError: number;
  /** Rows that were given a wrong domain, the surest first: index of the row, what it was taken for. */
  readonly wrong: readonly {
    readonly row: number;
    readonly known: string;
    readonly given: string;
    readonly confidence: number;
  }[];
}

const BINS = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
const MOST_WRONG = 200;

export function measureDomains(
  model: DomainModel,
  { data, dimensions, labels, domains }: LabelledVectors,
  rows: readonly number[],
  minConfidence: number,
): DomainMeasure {
  const confusion: Record<string, Record<string, number>> = {};
  const bins = BINS.map((from) => ({ from, rows: 0, confidence: 0, right: 0 }));
  const wrong: DomainMeasure["wrong"][number][] = [];
  const ofDomain = domains.map(() => ({ rows: 0, right: 0 }));
  const counts = { right: 0, given: 0, givenRight: 0 };
  for (const row of rows) {
    const known = domains[labels[row]!]!;
    const { domain, confidence, isNear } = model.classify(
      data.subarray(row * dimensions, (row + 1) * dimensions),
    );
    const isRight = domain === known;
    const given = isNear && confidence >= minConfidence ? domain : "other";
    confusion[known] ??= {};
    confusion[known][given] = (confusion[known][given] ?? 0) + 1;
    const own = ofDomain[labels[row]!]!;
    own.rows++;
    const bin = bins.findLast(({ from }) => confidence >= from)!;
    bin.rows++;
    bin.confidence += confidence;
    if (isRight) {
      own.right++;
      counts.right++;
      bin.right++;
    }
    if (given !== "other") {
      counts.given++;
      if (isRight) counts.givenRight++;
      else wrong.push({ row, known, given, confidence });
    }
  }
  const seen = ofDomain.filter((one) => one.rows > 0);
  const calibration = bins
    .filter((bin) => bin.rows > 0)
    .map((bin) => ({ ...bin, confidence: bin.confidence / bin.rows, right: bin.right / bin.rows }));
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    rows: rows.length,
    accuracy: share(counts.right, rows.length),
    balancedAccuracy: share(
      seen.reduce((sum, one) => sum + one.right / one.rows, 0),
      seen.length,
    ),
    coverage: share(counts.given, rows.length),
    accepted: share(counts.givenRight, counts.given),
    confusion,
    calibration,
    calibrationError: share(
      calibration.reduce((sum, bin) => sum + bin.rows * Math.abs(bin.confidence - bin.right), 0),
      rows.length,
    ),
    wrong: wrong.sort((a, b) => b.confidence - a.confidence || a.row - b.row).slice(0, MOST_WRONG),
  };
}
