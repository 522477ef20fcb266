// `verify`: whether captured deliveries are Calendly's.

import { type Command, Option } from 'commander'
import type { CaptureFormat } from '../../core/signature/capture.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import { Secret } from '../../core/secrets/secret.ts'
import type { CandidateKey } from '../../core/signature/verdict.ts'
import type { VerifyResult } from '../../operations/verify/verify.ts'
import type { Context } from '../context.ts'
import { existingStore } from '../context/existing-store.ts'
import { nonEmpty, seconds } from '../input/globals.ts'
import { count } from '../render/words.ts'
import { readSigningKey, type SigningKeyFlags } from '../input/signing-key.ts'

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
  $ curl -s https://example.com/last-request.http | calreconnect verify - --tolerance 180

Keys tried: the one given, CALENDLY_WEBHOOK_SIGNING_KEY, every key in the store. Exit 3 when any delivery is not authentic.`

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
  const nowMs = flags.at === undefined ? ctx.clock.nowMs() : timeFrom(flags.at)
  const keys = await keysAtHand(ctx, flags)
  const [{ verifyCaptures }, captureFiles, { renderVerify }] = await Promise.all([
    import('../../operations/verify/verify.ts'),
    ctx.captureFiles(),
    import('../render/verify.ts'),
  ])
  const header = flags.headers === undefined ? (flags.signature ?? null) : await captureFiles.signatureHeader(flags.headers)
  const all = flags.all === true
  const data = await verifyCaptures({
    captures: captureFiles.read({ file, format: flags.format, header }),
    keys,
    moreKeys: () => storedKeys(ctx, keys.length > 0),
    nowMs,
    toleranceSeconds,
    all,
  })
  if (data.total === 0) {
    throw new CalreconnectError('USAGE', `There is no delivery in ${file === '-' ? 'standard input' : file}`, {
      hint: 'calreconnect verify --help',
    })
  }
  ctx.show(data, (value, view) => renderVerify(value, view, { all }), problemOf(data))
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
    throw new CalreconnectError('USAGE', 'Name a file with the delivery, or pipe it in', { hint: 'calreconnect verify --help' })
  }
  return file
}

/** Epoch milliseconds. @throws USAGE */
function timeFrom(text: string): number {
  const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (!Number.isNaN(ms)) return ms
  throw new CalreconnectError('USAGE', `--at takes an ISO 8601 time or epoch seconds, not “${text}”`)
}

async function keysAtHand(ctx: Context, flags: VerifyFlags): Promise<readonly CandidateKey[]> {
  const given = await readSigningKey(ctx, flags)
  const environment = nonEmpty(ctx.env['CALENDLY_WEBHOOK_SIGNING_KEY'])
  const nobody = { account: null, webhookUri: null }
  return [
    ...(given === null ? [] : [{ key: given, source: 'given' as const, ...nobody }]),
    ...(environment === null ? [] : [{ key: new Secret(environment), source: 'environment' as const, ...nobody }]),
  ]
}

async function storedKeys(ctx: Context, hasOthers: boolean): Promise<readonly CandidateKey[]> {
  try {
    const stored = (await (await existingStore(ctx))?.subscriptions.signingKeys()) ?? []
    const [unreadable] = stored.flatMap(({ key }) => key.problem ?? [])
    if (unreadable !== undefined) throw unreadable
    return stored.map(({ key, account, webhookUri }) => ({ key, source: 'store' as const, account, webhookUri }))
  } catch (error) {
    // A store that cannot be read matters only where there is no other key.
    if (!hasOthers || !(error instanceof CalreconnectError)) throw error
    ctx.warn(`The keys in the store were not tried: ${error.message}`)
    return []
  }
}

function problemOf({ total, invalid, results }: VerifyResult): CalreconnectError | null {
  if (invalid === 0) return null
  const first = results.find(({ valid }) => !valid)
  const message =
    total === 1 ? 'The delivery is not authentic' : `${invalid} of ${count(total, 'delivery', 'deliveries')} are not authentic`
  const reason = first === undefined ? '' : `: ${first.reason}`
  return new CalreconnectError('SIGNATURE_INVALID', `${message}${total === 1 ? reason : ''}`, first?.hint ? { hint: first.hint } : {})
}
