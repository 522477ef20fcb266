// `webhooks test`: whether a subscription's receiver takes deliveries.

import type { Command } from 'commander'
import { again } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Context } from '../../context.ts'
import { acting } from '../../context/acting.ts'
import { existingStore } from '../../context/existing-store.ts'
import { deliveryProblem } from '../../input/delivery-problem.ts'
import { keyToSignWith, receiverUrl } from '../../input/receiver.ts'
import type { SigningKeyFlags } from '../../input/signing-key.ts'

interface TestFlags extends SigningKeyFlags {
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks test
  $ calreconnect webhooks test 2a3f8f4e-5f0b-4d0e-9c7a-0c3d5e6f7a8b --yes
  $ calreconnect webhooks test --yes --json

The receiver gets a made-up delivery with the header X-Calreconnect-Test: true, signed with the subscription's key. It reaches whatever
runs at the callback URL, so it asks first. 2xx: delivered. 3xx and others: Calendly would retry for 24 hours. 410: Calendly would
delete the subscription.`

export function addTest(parent: Command, ctx: Context): void {
  parent
    .command('test [id]')
    .description("Send a signed test delivery to a subscription's receiver, and say what Calendly would make of the answer.")
    .option('--yes', 'do not ask, although it reaches production')
    .option('--signing-key-file <file>', 'sign with the key in this file')
    .option('--signing-key-stdin', 'read that key from standard input')
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: TestFlags) => runTest(ctx, id, flags))
}

async function runTest(ctx: Context, id: string | undefined, flags: TestFlags): Promise<void> {
  const [{ findTestable }, { testReceiver }, { renderReceiverTest }] = await Promise.all([
    import('../../../operations/deliveries/testable.ts'),
    import('../../../operations/deliveries/send.ts'),
    import('../../render/deliveries.ts'),
  ])
  const store = await existingStore(ctx)
  const webhook = await acting(ctx, (session) => findTestable({ subscriptions: store?.subscriptions ?? null }, session, id ?? null))
  receiverUrl(webhook.callbackUrl, 'The callback URL')
  const key = await keyToSignWith(ctx, flags, { uri: webhook.uri })
  await confirmReaching(ctx, webhook.callbackUrl, flags.yes === true)
  const deliveries = await ctx.deliveries()
  try {
    const data = await testReceiver({ deliveries, clock: ctx.clock }, { webhook, key, signal: ctx.interruption.signal })
    if (data.outcome === 'deleted') ctx.warn(data.message)
    ctx.show(data, renderReceiverTest, deliveryProblem(data))
  } finally {
    await deliveries.close()
  }
}

/** @throws INPUT_REQUIRED where nobody can be asked, INTERRUPTED for a no */
async function confirmReaching(ctx: Context, callbackUrl: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!ctx.canPrompt) {
    throw new CalreconnectError(
      'INPUT_REQUIRED',
      `webhooks test would send a test delivery to ${callbackUrl}: pass --yes to do so without being asked`,
      {
        hint: again({ add: ['--yes'] }),
      },
    )
  }
  if (await (await ctx.prompts()).confirm(`Send a test delivery to ${callbackUrl}?`, false)) return
  throw new CalreconnectError('INTERRUPTED', 'Nothing was sent')
}
