/** What the sandboxed frame of a review and the bridge outside of it say to each other, by postMessage. */
import type { ReviewAsk, ReviewState } from "../protocol";

/** The frame of a page is an iframe with this attribute; its value is the number of the review. */
export const REVIEW_FRAME = "data-corpuslab-review";

/** What the frame and the bridge outside of it say to each other; each message names the review. */
export type FromReviewFrame =
  | { readonly review: string; readonly ready: true }
  | { readonly review: string; readonly height: number }
  | { readonly review: string; readonly ask: ReviewAsk };
export type ToReviewFrame =
  | { readonly review: string; readonly bridge: "open" | "closed"; readonly dark: boolean | null }
  | { readonly review: string; readonly state: ReviewState };
