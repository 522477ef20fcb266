// Files that people name on the command line, in our words.

import type { Inflate } from '../signature/body-layers.ts'
import type { CaptureBatch, CaptureFormat, HeaderList, QuickCheck } from '../signature/capture.ts'
import type { Declaration } from '../plan/declaration.ts'
import type { Subscription } from '../calendly/model.ts'
import type { PlanSeal } from '../plan/seal.ts'
import type { PlanFile } from '../plan/saved-plan.ts'
import type { DesiredWebhook } from '../connection/model.ts'

/** How deliveries of a long archive are looked at. */
export interface QuickReading {
  readonly after: number
  readonly check: () => QuickCheck
}

/** Captured deliveries. */
export interface CaptureFiles {
  /** Batches in the order of the input; `-` is standard input. @throws FILE_UNREADABLE */
  read(input: {
    readonly file: string
    readonly format: CaptureFormat | 'auto'
    /** For a bare body: the signature's header, from wherever it is. */
    readonly header: string | null
    /** For a long archive: so many deliveries are given one by one, and of those behind them only the ones that do not pass the check. */
    readonly quick?: QuickReading
    /** Of a long archive: how far it was read. @param total null where its length is not known */
    readonly onBytes?: ((done: number, total: number | null) => void) | undefined
  }): AsyncIterable<CaptureBatch>
  /** The signature header of a headers file; null when it has none. @throws FILE_UNREADABLE */
  signatureHeader(file: string): Promise<string | null>
  readonly inflate: Inflate
  /** An NDJSON archive, `-` for standard input, for sending again. @throws FILE_UNREADABLE */
  readRecorded(file: string): AsyncIterable<RecordedDelivery>
  /** A bare body, `-` for standard input. @throws FILE_UNREADABLE */
  readBody(file: string): Promise<Uint8Array>
}

/** A line of an archive, read for sending its delivery again. */
export interface RecordedDelivery {
  /** From 1. */
  readonly line: number
  /** Null when the line holds none. */
  readonly recorded: {
    readonly headers: HeaderList
    readonly rawBody: Uint8Array
    /** Epoch milliseconds; null when the archive does not tell. */
    readonly receivedAtMs: number | null
  } | null
}

/** What of an account goes into a new declarative file. */
export interface AccountToDeclare {
  readonly name: string
  readonly webhooks: readonly DesiredWebhook[]
  readonly foreign: readonly Subscription[]
}

/** Reports for a file that the person named. */
export interface ReportFiles {
  /** Before any work, so that a long command does not fail at its end. @throws FILE_UNWRITABLE */
  check(file: string): Promise<void>
  /** Whole or not at all; a device or pipe is written to. @throws FILE_UNWRITABLE */
  write(file: string, text: string): Promise<void>
}

/** A plan file as it was read. */
export interface SealedPlanFile extends PlanFile {
  readonly seal: PlanSeal | null
  /** What the seal is of. */
  readonly text: string
}

/** calreconnect.yaml and saved plans. */
export interface DeclarativeFiles {
  /** @throws FILE_UNREADABLE naming every place that is wrong */
  readonly readDeclaration: (file: string) => Promise<Declaration>
  /** @param options.secrets false: tokens in URLs are masked, and a note says so */
  readonly formatDeclaration: (accounts: readonly AccountToDeclare[], options: { readonly secrets: boolean }) => string
  /** @throws FILE_UNREADABLE */
  readonly readPlan: (file: string) => Promise<SealedPlanFile>
  /** Replaces another plan, and nothing else. @param sealed gives the seal of the text; null: it bears none @throws FILE_UNREADABLE, USAGE */
  readonly writePlan: (file: string, plan: PlanFile, sealed: (text: string) => Promise<PlanSeal | null>) => Promise<void>
  /** @throws USAGE when the file exists */
  readonly writeNew: (file: string, text: string) => Promise<void>
}
