// `webhooks listen`: a local receiver, until Ctrl-C.

import { once } from 'node:events'
import { type Command, Option } from 'commander'
import { type Scope, SCOPES } from '../../../core/calendly/model.ts'
import { EXIT_CODES } from '../../../core/errors/exit-codes.ts'
import type { DeliveryPorts } from '../../../core/ports/deliveries.ts'
import type { Received } from '../../../operations/deliveries/receive.ts'
import type { Context } from '../../context.ts'
import { keysAtHand, storedKeys } from '../../input/candidate-keys.ts'
import { wholeNumber } from '../../input/globals.ts'
import { receiverUrl } from '../../input/receiver.ts'
import type { SigningKeyFlags } from '../../input/signing-key.ts'
import { paintOf } from '../../output/paint.ts'
import { count } from '../../render/words.ts'
import { removeWhatWasLeft, withTemporary } from '../../context/temporary-webhook.ts'

export interface ListenFlags extends SigningKeyFlags {
  readonly port: string
  readonly forward?: string
  readonly out?: string
  readonly insecure?: boolean
  readonly publicUrl?: string
  readonly events?: string
  readonly scope?: Scope
  readonly allowHttp?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks listen
  $ calreconnect webhooks listen --forward http://localhost:3000/webhooks --out captures.ndjson
  $ calreconnect webhooks listen --public-url https://example.trycloudflare.com/hook

Authentic deliveries are forwarded, byte for byte, and their sender is answered what the forward target answered; others get 401. Keys
tried: the one given, CALENDLY_WEBHOOK_SIGNING_KEY, every key in the store. With --public-url, where a tunnel leads here, a temporary
subscription is made and removed at the end; if this process is killed, the next webhooks listen removes it.`

export function addListen(parent: Command, ctx: Context): void {
  parent
    .command('listen')
    .description('Receive deliveries on this machine: verify, show, keep and forward them.')
    .option('--port <port>', 'port on the loopback interface; 0 picks a free one', '8918')
    .option('--forward <url>', 'send authentic deliveries on to this URL')
    .option('--out <file>', 'append every delivery to this NDJSON file, for verify and replay')
    .option('--insecure', 'take and forward deliveries that are not authentic too')
    .option('--public-url <url>', 'make a temporary subscription at this URL, and remove it at the end')
    .option('--events <list>', 'with --public-url: events, comma-separated (default: invitee.created,invitee.canceled)')
    .addOption(
      new Option('--scope <scope>', 'with --public-url: whose events (default: organization, or user for members)').choices([...SCOPES]),
    )
    .option('--allow-http', 'with --public-url: accept plain http')
    .option('--signing-key-file <file>', 'one more key, in this file')
    .option('--signing-key-stdin', 'read that key from standard input')
    .addHelpText('after', EXAMPLES)
    .action((flags: ListenFlags) => runListen(ctx, flags))
}

async function runListen(ctx: Context, flags: ListenFlags): Promise<void> {
  wholeNumber(flags.port, '--port', { min: 0, max: 65_535 })
  const forward = flags.forward === undefined ? null : receiverUrl(flags.forward, '--forward')
  const given = await keysAtHand(ctx, flags)
  const deliveries = await ctx.deliveries()
  try {
    const how = { deliveries, forward, given, ended: ctx.interruption.signal }
    if (flags.publicUrl === undefined) {
      await removeWhatWasLeft(ctx)
      await listen(ctx, flags, { ...how, webhookUri: null })
    } else {
      await withTemporary(ctx, flags, flags.publicUrl, (webhookUri) => listen(ctx, flags, { ...how, webhookUri }))
    }
  } finally {
    await deliveries.close()
  }
  ctx.setExit(EXIT_CODES.interrupted)
}

interface Listening {
  readonly deliveries: DeliveryPorts
  readonly forward: URL | null
  readonly given: Awaited<ReturnType<typeof keysAtHand>>
  readonly webhookUri: string | null
  readonly ended: AbortSignal | undefined
}

/** Until the process is told to end. */
async function listen(ctx: Context, flags: ListenFlags, { deliveries, forward, given, webhookUri, ended }: Listening): Promise<void> {
  const [{ Receiver }, { renderReceived }, { inflate }] = await Promise.all([
    import('../../../operations/deliveries/receive.ts'),
    import('../../render/deliveries.ts'),
    ctx.captureFiles(),
  ])
  const paint = await paintOf(ctx.host, ctx.host.stdout, false)
  const keys = async () => [...given, ...(await storedKeys(ctx, given.length > 0))]
  if ((await keys()).length === 0 && flags.insecure !== true) {
    ctx.warn('No signing key is known, so that every delivery will be refused: pass --signing-key-file or --insecure')
  }
  const log = flags.out === undefined ? null : await deliveries.openLog(flags.out)
  const onReceived = (received: Received): void => {
    tellOfFailures(ctx, received)
    const line = renderReceived(received, paint)
    // On stdout for people; beside the one JSON document on stderr.
    if (ctx.globals.json) ctx.hint(line)
    else ctx.host.stdout.write(`${line}\n`)
  }
  const insecure = flags.insecure === true
  const receiver = new Receiver({ deliveries, clock: ctx.clock, inflate, keys, forward, log, insecure, onReceived })
  try {
    const listener = await deliveries.listen(Number(flags.port), (delivery) => receiver.receive(delivery))
    try {
      ctx.hint(`Listening at ${listener.url}; Ctrl-C ends it`)
      const data = {
        url: listener.url,
        forward: forward?.href ?? null,
        out: flags.out ?? null,
        publicUrl: flags.publicUrl ?? null,
        webhookUri,
      }
      if (ctx.globals.json) ctx.show(data, () => '')
      if (ended?.aborted === false) await once(ended, 'abort')
    } finally {
      await listener.close()
    }
  } finally {
    await log?.close()
  }
  const { total, authentic, forwarded } = receiver.counts
  ctx.hint(`${count(total, 'delivery', 'deliveries')}: ${authentic} authentic${forward === null ? '' : `, ${forwarded} forwarded`}`)
}

function tellOfFailures(ctx: Context, { forwarded, notKept, verdict }: Received): void {
  if (notKept !== null) ctx.warn(notKept)
  if (forwarded?.status === 410) {
    ctx.warn('The forward target answered 410: Calendly would DELETE the subscription at once. It was answered 502 instead')
  }
  if (!verdict.valid && verdict.hint !== null) ctx.hint(`  ${verdict.reason}: ${verdict.hint}`)
}
