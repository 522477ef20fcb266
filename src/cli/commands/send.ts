// `send`: a sample delivery to a receiver.

import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Session } from '../../operations/observe/session.ts'
import type { Context } from '../context.ts'
import { existingStore } from '../context/existing-store.ts'
import { deliveryProblem } from '../input/delivery-problem.ts'
import { keyToSignWith, receiverUrl } from '../input/receiver.ts'
import type { SigningKeyFlags } from '../input/signing-key.ts'

interface SendFlags extends SigningKeyFlags {
  readonly to?: string
  readonly set: readonly string[]
  readonly builtIn?: boolean
  readonly unsigned?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect send invitee.created --to http://localhost:3000/webhooks
  $ calreconnect send invitee.canceled --to http://localhost:3000/webhooks --set email=zoe@example.com --set cancellation.reason=Ill
  $ calreconnect send contact.created --to http://localhost:3000/webhooks --built-in --signing-key-file key.txt

Calendly's sample of the account where one is connected, else a built-in one. Signed with the key given, else with that of the
subscription at the URL or of the account.`

export function addSend(parent: Command, ctx: Context): void {
  parent
    .command('send <event>')
    .description('Send a sample delivery of an event to a receiver, signed as Calendly would sign it.')
    .option('--to <url>', 'the receiver; always needed')
    .option('--set <path=value>', 'change a field, any number of times', (one: string, all: readonly string[]) => [...all, one], [])
    .option('--built-in', "take the built-in sample, not Calendly's of the account")
    .option('--unsigned', 'send it without a signature')
    .option('--signing-key-file <file>', 'sign with the key in this file')
    .option('--signing-key-stdin', 'read that key from standard input')
    .addHelpText('after', EXAMPLES)
    .action((event: string, flags: SendFlags) => runSend(ctx, event, flags))
}

async function runSend(ctx: Context, event: string, flags: SendFlags): Promise<void> {
  const to = receiverUrl(flags.to, '--to')
  const { checkSample } = await import('../../operations/webhooks/sample.ts')
  checkSample({ event, scope: null, group: null })
  const key = flags.unsigned === true ? null : await keyToSignWith(ctx, flags, { callbackUrl: to.href })
  const session = flags.builtIn === true ? null : await sessionIfAny(ctx)
  const [{ sendSample }, { renderSent }, deliveries] = await Promise.all([
    import('../../operations/deliveries/send.ts'),
    import('../render/deliveries.ts'),
    ctx.deliveries(),
  ])
  try {
    const sent = {
      event: event.trim(),
      to,
      set: flags.set,
      key,
      session,
      isTest: false,
      signal: ctx.interruption.signal,
      onNoSample: (reason: string) => ctx.warn(`Calendly's sample cannot be had, a built-in one is sent: ${reason}`),
    }
    const data = await sendSample({ deliveries, clock: ctx.clock }, sent)
    ctx.show(data, renderSent, deliveryProblem(data))
  } finally {
    await deliveries.close()
  }
}

/** Null where nobody is connected: then a built-in sample serves. */
async function sessionIfAny(ctx: Context): Promise<Session | null> {
  try {
    if (!ctx.usesEnvironmentToken() && (await existingStore(ctx)) === null) return null
    return await ctx.session()
  } catch (error) {
    if (error instanceof CalreconnectError && error.code === 'NOT_CONNECTED') return null
    throw error
  }
}
