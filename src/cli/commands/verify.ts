// `verify`: whether captured deliveries are Calendly's.

import { next } from '../../core/errors/advice.ts'
import { type Command, Option } from 'commander'
import type { CaptureFormat } from '../../core/signature/capture.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Progress } from '../../core/ports/desk.ts'
import type { CaptureFiles } from '../../core/ports/files.ts'
import type { Verification, VerifyResult } from '../../operations/verify/verify.ts'
import type { Context } from '../context.ts'
import { keysAtHand, storedKeys } from '../input/candidate-keys.ts'
import { seconds, timeFrom } from '../input/globals.ts'
import type { SigningKeyFlags } from '../input/signing-key.ts'
import { count } from '../render/words.ts'

interface VerifyFlags extends SigningKeyFlags {
  readonly signature?: string
  readonly headers?: string
  readonly format: CaptureFormat | 'auto'
  readonly tolerance?: string
  readonly at?: string
  readonly all?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect verify body.json --signature "t=1700000000,v1=…" --signing-key-file key.txt
  $ calreconnect verify body.json --headers headers.txt
  $ calreconnect verify captures.ndjson --json
  $ calreconnect verify event.json                  (a function's logged event: API Gateway, Netlify, …)
  $ calreconnect verify session.har
  $ curl -s https://example.com/last-request.http | calreconnect verify - --tolerance 180

Keys tried: the one given, CALENDLY_WEBHOOK_SIGNING_KEY, every key in the store. Exit 3 when any delivery is not authentic,
or cannot be judged for want of a key. Age is judged only with --tolerance.`

export function addVerify(parent: Command, ctx: Context): void {
  parent
    .command('verify [file]')
    .description('Verify the signatures of captured deliveries over their raw bytes. - is standard input. Needs no network.')
    .option('--signature <header>', 'the Calendly-Webhook-Signature header of a bare body')
    .option('--headers <file>', 'a file with the headers of a bare body: raw lines, or JSON')
    .addOption(new Option('--format <format>', 'of the file').choices(['auto', 'body', 'http', 'har', 'ndjson']).default('auto'))
    .option('--signing-key-file <file>', 'a file with the signing key')
    .option('--signing-key-stdin', 'read the signing key from standard input')
    .option('--tolerance <seconds>', 'refuse what was signed longer ago, or further ahead, than this')
    .option('--at <time>', 'count the age to this time instead of now: ISO 8601, or epoch seconds')
    .option('--all', 'list valid deliveries too, however many')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, flags: VerifyFlags) => runVerify(ctx, file, flags))
}

async function runVerify(ctx: Context, given: string | undefined, flags: VerifyFlags): Promise<void> {
  const file = fileFrom(ctx, given, flags)
  const toleranceSeconds = flags.tolerance === undefined ? null : seconds(flags.tolerance, '--tolerance')
  const nowMs = flags.at === undefined ? ctx.clock.nowMs() : timeFrom(flags.at, '--at')
  const keys = await keysAtHand(ctx, flags)
  const [{ verifyCaptures }, captureFiles, { renderVerify }] = await Promise.all([
    import('../../operations/verify/verify.ts'),
    ctx.captureFiles(),
    import('../render/verify.ts'),
  ])
  const all = flags.all === true
  const header = await headerFrom(captureFiles, flags)
  const shown = await ctx.progress()
  const onBytes = bytesShown(shown)
  const verification = await verifyCaptures({
    captures: (quick) => captureFiles.read({ file, format: flags.format, header, onBytes, ...(quick === null ? {} : { quick }) }),
    keys,
    moreKeys: () => storedKeys(ctx, keys.length > 0),
    inflate: captureFiles.inflate,
    nowMs,
    toleranceSeconds,
    all,
  }).finally(() => shown.stop())
  const name = file === '-' ? 'standard input' : file
  const { result, unreadableTotal } = verification
  if (result.total === 0 && unreadableTotal === 0) {
    throw new CalreconnectError('USAGE', `There is no delivery in ${name}`, { hint: next('verify', '--help') })
  }
  const problem = problemOf(verification, name)
  ctx.show(result, (value, view) => renderVerify(value, view, { all }), problem)
  if (!ctx.globals.json) for (const hint of furtherHints(result, problem)) ctx.hint(`Hint: ${hint}`)
}

/** Shorter archives are read before anybody could look. */
const SHOWN_BYTES_MIN = 16 * 1024 * 1024

function bytesShown(progress: Progress): (done: number, total: number | null) => void {
  let shown = -1
  return (done, total) => {
    if (shown === -1 && (done < SHOWN_BYTES_MIN || (total !== null && total < SHOWN_BYTES_MIN))) return
    if (shown === -1) progress.start('Verifying', total ?? undefined, 'bytes')
    progress.advance(shown === -1 ? done : done - shown)
    shown = done
  }
}

/** The signature of a bare body, from wherever it is. @throws FILE_UNREADABLE */
async function headerFrom(captureFiles: CaptureFiles, { signature, headers }: VerifyFlags): Promise<string | null> {
  // A headers file without the signature is an answer too: the delivery was not signed.
  if (headers !== undefined) return (await captureFiles.signatureHeader(headers)) ?? ''
  if (signature === undefined) return null
  const { pastedSignature } = await import('../../core/signature/header.ts')
  return pastedSignature(signature)
}

/** @throws USAGE */
function fileFrom(ctx: Context, given: string | undefined, flags: VerifyFlags): string {
  if (flags.signature !== undefined && flags.headers !== undefined) {
    throw new CalreconnectError('USAGE', 'Pass the signature with --signature or in a --headers file, not both')
  }
  const file = given ?? '-'
  if (file === '-' && flags.signingKeyStdin === true) {
    throw new CalreconnectError('USAGE', 'Standard input can carry the delivery or the key, not both', { hint: 'Pass --signing-key-file' })
  }
  if (file === '-' && ctx.host.stdin.isTTY) {
    throw new CalreconnectError('USAGE', 'Name a file with the delivery, or pipe it in', { hint: next('verify', '--help') })
  }
  return file
}

/** What ends the command: findings first, since they are about deliveries; then lines that could not be read. */
function problemOf(verification: Verification, name: string): CalreconnectError | null {
  const { result, unreadable, unreadableTotal } = verification
  const { total, invalid, unknown, results } = result
  const details = unreadable.map(({ line, why }) => ({ parameter: `line ${line}`, message: why }))
  const spoilt = unreadableTotal === 0 ? '' : `${count(unreadableTotal, 'line')} of ${name} cannot be read`
  const also = spoilt === '' ? {} : { details }
  const and = spoilt === '' ? '' : `; ${spoilt}`
  const first = results.find(({ valid, reason }) => !valid && reason !== 'no_key')
  if (invalid > 0) {
    const reason = first === undefined ? '' : `: ${first.reason}`
    const message =
      total === 1 ? `The delivery is not authentic${reason}` : `${invalid} of ${count(total, 'delivery', 'deliveries')} are not authentic`
    return new CalreconnectError('SIGNATURE_INVALID', message + and, { ...(first?.hint ? { hint: first.hint } : {}), ...also })
  }
  if (unknown > 0) {
    const which = total === 1 ? 'the delivery is' : `${unknown} of ${count(total, 'delivery', 'deliveries')} are`
    return new CalreconnectError('SIGNATURE_UNKNOWN', `Nobody can tell whether ${which} authentic: no signing key is known${and}`, also)
  }
  if (spoilt === '') return null
  return new CalreconnectError('FILE_UNREADABLE', `Cannot read ${name} whole: ${spoilt}`, {
    ...also,
    hint: 'The other deliveries were verified; mend or remove these lines',
  })
}

/** So many different ones are for people; scripts have them all. */
const HINTS_MAX = 10

/** Each hint of the listed deliveries once, but for the one that was said with the problem. */
function furtherHints({ results }: VerifyResult, problem: CalreconnectError | null): readonly string[] {
  const hints = new Set(results.flatMap(({ hint }) => (hint === null ? [] : [hint])))
  if (problem?.hint) hints.delete(problem.hint)
  // Of no_key the problem says it in its own words.
  if (problem?.code === 'SIGNATURE_UNKNOWN') return []
  return [...hints].slice(0, HINTS_MAX)
}
