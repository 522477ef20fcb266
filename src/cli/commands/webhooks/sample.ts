// `webhooks sample`: what a delivery of an event looks like, as Calendly shows it.

import { type Command, Option } from 'commander'
import { type Scope, SCOPES } from '../../../core/calendly/model.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { jsonText } from '../../output/json.ts'

interface SampleFlags {
  readonly scope?: Scope
  readonly group?: string
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks sample invitee.created
  $ calreconnect webhooks sample meeting_recap.created --scope user
  $ calreconnect webhooks sample invitee.canceled --json | jq .data.sample.payload

Calendly may fill it with data of a real booking.`

export function addSample(parent: Command, ctx: Context): void {
  parent
    .command('sample <event>')
    .description("Print Calendly's sample data for an event, as JSON.")
    .addOption(new Option('--scope <scope>', 'whose events (default: the widest that the event and your role have)').choices([...SCOPES]))
    .option('--group <uri>', 'the group, with --scope group')
    .addHelpText('after', EXAMPLES)
    .action((event: string, flags: SampleFlags) => runSample(ctx, event, flags))
}

async function runSample(ctx: Context, event: string, flags: SampleFlags): Promise<void> {
  const { checkSample, sampleEvent } = await import('../../../operations/webhooks/sample.ts')
  const input = { event, scope: flags.scope ?? null, group: flags.group ?? null }
  checkSample(input)
  const { sample } = await acting(ctx, (session) => sampleEvent(session, input))
  // A payload's own keys are Calendly's and are left as they are.
  ctx.show({ sample: { toJSON: () => sample } }, () => jsonText(sample, 2))
}
