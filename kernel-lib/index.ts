/** The public API, in the order of the life of a row. Import it in a cell: `import { open, normalize } from "corpuslab"`. */

// open

export { open, resolveDataset } from "./dataset";
export { generateDedupCorpus } from "./demo/dedup-corpus";
export { generateDemoScores } from "./demo/demo-scores";
export { generateDemo } from "./demo/generate-demo";
export { multiplyRows } from "./demo/multiply-rows";
export { resolveSource } from "./source/resolve";
export type { Source, SourceFile, SourceSplit } from "./source/source";
export { Table, type TableRow } from "./table/table";

// look

export { type ExploreOptions, explore } from "./explore/explore";
export type { Explorer, ThresholdPolicy } from "./explore/explorer";
export type { Bounds, RowExcerpt, Selection, Sketch } from "./explore/protocol";
export { sketchOf } from "./explore/sketch";
export { inventory } from "./inventory/inventory-of";
export { writeReports } from "./inventory/write-reports";
export { type Conversation, type ConversationOptions, showConversation } from "./notebook/conversation";
export { type ConversationsOptions, showConversations } from "./notebook/conversations";
export { type DifferencesOptions, showDifferences } from "./notebook/differences";
export { display } from "./notebook/display";
export { plot } from "./plot/plot";

// normalize

export { canonicalizeJson } from "./canonical-json";
export { assistantSpans, parseHarmony, qualityFlags, renderHarmony, textId } from "./harmony";
export type { CanonicalRow, Domain, LossMode, Message } from "./row";
export { rowKey } from "./row";
export type { Duplicates } from "./run/duplicates";
export type { Ledger } from "./run/ledger";
export { normalize } from "./run/normalize";
export type { NormalizeOptions } from "./run/normalize-options";
export { openRun, type Run } from "./run/run";

// flag

export {
  type ClassifierChoice,
  type ClassifierFlagOptions,
  type ClassifierView,
  classifierFlag,
} from "./classify/classifier-flag";
export { FLAGS } from "./flag";
export { findPrivateData } from "./flag/private/find-private-data";
export type { PrivateKind, PrivateSpan } from "./flag/private/span";
export { type Redaction, type RedactOptions, redact } from "./flag/redact";
export type { FlagChoice } from "./run/choose-flags";
export { type FlagTableOptions, flag } from "./run/flag";
export { type FlaggedRun, type FlagRunOptions, flagRun } from "./run/flag-run";
export { type SimilarityChoice, similarityFlag } from "./run/similarity-flag";
export { type Columns, defineStep, type Step } from "./step";

// boilerplate

export type { BodyOptions } from "./boilerplate/bodies";
export { type BoilerplateOptions, boilerplate } from "./boilerplate/boilerplate";
export type { BoilerplateUnit } from "./boilerplate/boilerplate-parts";
export type { Boilerplate } from "./boilerplate/boilerplate-result";
export { boilerplateRemover } from "./boilerplate/remove-boilerplate";

// split

export { type Leak, type SplitLeaks, type SplitLeaksOptions, splitLeaks } from "./split/split-leaks";
export type { SideCount, SplitResult, SplitRow } from "./split/split-result";
export { type SplitOptions, splitWithoutLeaks } from "./split/split-without-leaks";

// dedup

export type { Contamination, DecontaminationResult } from "./dedup/contamination";
export { type DecontaminateOptions, decontaminate } from "./dedup/decontaminate";
export { type DedupOptions, dedup } from "./dedup/dedup";
export type { DedupResult } from "./dedup/dedup-result";
export type { Duplicate } from "./dedup/found";
export type { DedupInput } from "./dedup/planned-input";

export { Diversity, type DiversityLine, type DiversityOptions, diversity } from "./quality/diversity";
export { type OwnVerdict, type QualityReport, type QualityReportOptions, quality } from "./quality/report";

// score

export { CausalLm, type CausalLmOptions, type LmResult, type LmRow } from "./score/causal-lm";
export { type CandidateOptions, type Candidates, exportCandidates } from "./score/export-candidates";
export { type ImportScoresOptions, importScores } from "./score/import-scores";
export type { ImportedScores } from "./score/imported-scores";
export { type PercentileOptions, percentileWithinSplit } from "./score/percentile";
export { type ScoreRowsOptions, type ScoreTableOptions, score, scoreRows } from "./score/score";
export type { ScoreOptions } from "./score/score-options";
export { type ScoredRun, type ScoreRunOptions, scoreRun } from "./score/score-run";
export { type Comparison, compareScores, listScores, type ScoreList, useScores } from "./score/scores";
export { type ShowTokensOptions, showTokens } from "./score/show-tokens";
export { type SubsetsOptions, subsets } from "./score/subsets";
export type { SubsetsResult } from "./score/subsets-result";
export type { TokenView } from "./score/token-view";

// vectors

export { classifyDomains, type DomainOptions } from "./embed/classify-domains";
export type { ClusterSummary, Clusters } from "./embed/cluster-result";
export { type ClusterOptions, clusters } from "./embed/clusters";
export type { DomainMeasure } from "./embed/domain-measure";
export type { Domains } from "./embed/domains";
export { embed } from "./embed/embed";
export { type EmbeddedRun, type EmbedOptions, embedRun } from "./embed/embed-run";
export type { EmbeddingsManifest } from "./embed/embeddings-folder";

import "./embed/similar"; // what table.similar does

export { promptCompletionSimilarity } from "./embed/prompt-completion-similarity";
export type { EmbedView } from "./embed/text-view";
export {
  type CutOptions,
  chooseUsefulnessCut,
  type Usefulness,
  type UsefulnessCut,
  type UsefulnessOptions,
  usefulness,
} from "./embed/usefulness";
export { type VectorMapOptions, vectorMap } from "./embed/vector-map";
export { withEmbeddings } from "./embed/with-embeddings";
export type { SimilarOptions } from "./table/similar-rows";

// label

export { label } from "./label/label";
export { labels } from "./label/labels";
export { type PatchContent, type PatchMessage, patch } from "./label/patch";

// models

export { type ModelFiles, type ModelOptions, resolveModel } from "./model/model-files";
export {
  type Device,
  type ModelSession,
  openSession,
  type SessionOptions,
  type TensorData,
  type TensorInfo,
} from "./model/session";
export { type Encoding, openTokenizer, type Tokenizer } from "./model/tokenizer";
export { type TokenPlaces, tokenMask } from "./tokens/token-mask";

// review

export { SAFETY_LABELS, type SafetyLabel, SEVERITIES, type Severity } from "./label/review-values";
export { type VerifiedLog, verifyReviews } from "./label/verify-reviews";
export { type Review, type ReviewOptions, review } from "./review/review";
export { type ReviewSummary, reviewSummary, summaryText } from "./review/review-summary";
export { isResearch, refuseResearch } from "./run-folder/research-mode";

// trace back

export { trace } from "./lineage/trace";
export { why } from "./lineage/why";
export { writeLabels } from "./lineage/write-labels";

// promote

export type { StepGiven } from "./diff/compared-steps";
export { type DiffOptions, diff } from "./diff/diff";
export type { DiffJson } from "./diff/diff-json";
export type { StepDiff } from "./diff/step-diff";
export {
  type PipelineOptions,
  type PipelineStep,
  pipeline,
  type StepPipeline,
  type StepRef,
} from "./pipeline/pipeline";
export { type Pipeline, readPipeline } from "./pipeline/pipeline-file";
export type { FormOptions } from "./promote/form-options";
export type { GivenParams } from "./promote/given-params";
export { type PromoteOptions, promote } from "./promote/promote";
export type { BoilerplatePromoteOptions } from "./promote/promote-boilerplate";
export type { ExternalCommand, ExternalPromoteOptions } from "./promote/promote-external";
export type { GroupRule } from "./promote/promote-group";
export type { Promoted } from "./promote/promoted";

// run

export { runPipeline } from "./pipeline/run-pipeline";
export type { RunPipelineOptions } from "./pipeline/run-pipeline-options";

// select

export { applyPolicy, PolicyResult } from "./policy/apply-policy";
export { type Policy, policies, policy, policySql, type Tiers } from "./policy/policy";
export type { PolicyOptions } from "./policy/policy-numbers";
export { policyPredicate } from "./policy/policy-predicate";
export { tiers } from "./policy/tiers";
export { buildPools, pools } from "./select/pools";

// set-up, errors, the kernel

export { doctor } from "./doctor";
export { InputError, QueryError, RetryableError, ShardError, UsageError } from "./errors";
export { interruptSignal } from "./interrupt";
export { executedCells } from "./kernel/journal";
export type { Progress } from "./progress";
export { initWorkspace } from "./workspace";
