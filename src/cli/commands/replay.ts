// `replay`: captured deliveries sent again.

import type { Command } from 'commander'
import { next } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Pace, Replayed, ReplayResult } from '../../operations/deliveries/replay.ts'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'
import { keyToSignWith, receiverUrl } from '../input/receiver.ts'
import type { SigningKeyFlags } from '../input/signing-key.ts'
import { count } from '../render/words.ts'

interface ReplayFlags extends SigningKeyFlags {
  readonly to?: string
  readonly resign?: boolean
  readonly rate?: string
  readonly speed?: string
  readonly from?: string
  readonly stopOnFailure?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect replay captures.ndjson --to http://localhost:3000/webhooks
  $ calreconnect replay captures.ndjson --to http://localhost:3000/webhooks --resign --rate 5
  $ calreconnect replay captures.ndjson --to http://localhost:3000/webhooks --speed 60
  $ calreconnect replay captures.ndjson --to http://localhost:3000/webhooks --from 120

In their order, one after the other, byte for byte. An old signature is refused by receivers that judge its age: --resign signs anew.
--from N goes on where an interrupted replay ended: the first delivery is 0.`

export function addReplay(parent: Command, ctx: Context): void {
  parent
    .command('replay <file>')
    .description('Send captured deliveries (NDJSON, as webhooks listen --out writes it) to a receiver again.')
    .option('--to <url>', 'the receiver; always needed')
    .option('--resign', 'sign each anew, for now, instead of sending its old signature')
    .option('--rate <n>', 'at most so many a second')
    .option('--speed <factor>', 'in the rhythm in which they came, so many times as fast')
    .option('--from <index>', 'begin with this delivery, counted from 0')
    .option('--stop-on-failure', 'end at the first one that is not taken')
    .option('--signing-key-file <file>', 'with --resign: the key in this file')
    .option('--signing-key-stdin', 'with --resign: read the key from standard input')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: ReplayFlags) => runReplay(ctx, file, flags))
}

async function runReplay(ctx: Context, file: string, flags: ReplayFlags): Promise<void> {
  const to = receiverUrl(flags.to, '--to')
  const pace = paceFrom(flags)
  const from = flags.from === undefined ? 0 : wholeNumber(flags.from, '--from', { min: 0, max: Number.MAX_SAFE_INTEGER })
  const resign = flags.resign === true ? await keyToSignWith(ctx, flags, { callbackUrl: to.href }) : null
  const [{ replay }, { renderReplay, renderReplayed }, captureFiles, deliveries] = await Promise.all([
    import('../../operations/deliveries/replay.ts'),
    import('../render/deliveries.ts'),
    ctx.captureFiles(),
    ctx.deliveries(),
  ])
  const tell = (replayed: Replayed): void => {
    if (replayed.outcome === 'deleted') ctx.warn(replayed.message)
    // Each answer as it comes: on stdout for people, on stderr beside the one JSON document.
    if (ctx.globals.json) ctx.hint(renderReplayed(replayed))
    else ctx.host.stdout.write(`${renderReplayed(replayed)}\n`)
  }
  try {
    const data = await replay(
      { deliveries, clock: ctx.clock },
      {
        recorded: captureFiles.readRecorded(file),
        onUnreadable: (line) => ctx.warn(`Line ${line} of ${file} holds no delivery and was left out`),
        to,
        from,
        resign,
        pace,
        stopOnFailure: flags.stopOnFailure === true,
        signal: ctx.interruption.signal,
        onReplayed: tell,
      },
    )
    ctx.show(data, renderReplay, problemOf(ctx, data, file, flags))
  } finally {
    await deliveries.close()
  }
}

/** @throws USAGE */
function paceFrom({ rate, speed }: ReplayFlags): Pace {
  if (rate !== undefined && speed !== undefined) throw new CalreconnectError('USAGE', 'Pass --rate or --speed, not both')
  if (rate !== undefined) return { kind: 'rate', perSecond: positive(rate, '--rate') }
  return speed === undefined ? { kind: 'unpaced' } : { kind: 'speed', factor: positive(speed, '--speed') }
}

function positive(text: string, option: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new CalreconnectError('USAGE', `${option} takes a number above 0, not “${text}”`)
}

function problemOf(ctx: Context, data: ReplayResult, file: string, flags: ReplayFlags): CalreconnectError | null {
  const { total, delivered, failed, results } = data
  const goOn = (from: number) => next('replay', file, '--to', flags.to ?? 'URL', ...kept(flags), '--from', String(from))
  if (ctx.interruption.signal?.aborted === true && data.next !== null) {
    const message = `Interrupted: ${count(total, 'delivery was', 'deliveries were')} sent`
    return new CalreconnectError('INTERRUPTED', message, { hint: goOn(data.next) })
  }
  if (total === 0) return new CalreconnectError('USAGE', `There is no delivery to send in ${file}`, { hint: next('replay', '--help') })
  if (failed === 0) return null
  const first = results.find(({ outcome }) => outcome !== 'delivered')
  const message = `${failed} of ${count(total, 'delivery was', 'deliveries were')} not taken${first === undefined ? '' : `; the first: ${first.message}`}`
  const code = delivered > 0 ? 'PARTIAL' : first?.outcome === 'failed' ? 'NETWORK' : 'DELIVERY_REFUSED'
  return new CalreconnectError(code, message, { hint: goOn(data.next ?? first?.index ?? 0) })
}

/** How it was to be sent, for going on in the same way. */
function kept({ resign, rate, speed, stopOnFailure, signingKeyFile }: ReplayFlags): readonly string[] {
  return [
    ...(resign === true ? ['--resign'] : []),
    ...(rate === undefined ? [] : ['--rate', rate]),
    ...(speed === undefined ? [] : ['--speed', speed]),
    ...(stopOnFailure === true ? ['--stop-on-failure'] : []),
    ...(signingKeyFile === undefined ? [] : ['--signing-key-file', signingKeyFile]),
  ]
}
