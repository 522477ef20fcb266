// `webhooks create`: one more subscription.

import { advise, next } from '../../../core/errors/advice.ts'
import { type Command, Option } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { type Scope, SCOPES } from '../../../core/calendly/model.ts'
import type { DesiredWebhook } from '../../../core/connection/model.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'
import { nonEmpty } from '../../input/globals.ts'
import { allowedUrls } from '../../input/webhook-flags.ts'
import { readSigningKey, type SigningKeyFlags } from '../../input/signing-key.ts'
import { confirmPlan, showChange, webhookPorts } from '../../context/webhook-ports.ts'

interface CreateFlags extends SigningKeyFlags {
  readonly callbackUrl?: string
  readonly allowHttp?: boolean
  readonly allowEphemeralHost?: boolean
  readonly events?: string
  readonly allowUnknownEvent?: boolean
  readonly scope?: Scope
  readonly group?: string
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks create --callback-url https://example.com/calendly
  $ calreconnect webhooks create --callback-url https://example.com/forms --events routing_form_submission.created
  $ calreconnect webhooks create --callback-url https://example.com/mine --scope user --signing-key-file key.txt
  $ CALENDLY_TOKEN=… calreconnect webhooks create --callback-url https://example.com/calendly --json

The signing key is made here and kept in the store, since Calendly never tells it: calreconnect webhooks get ID --show-secret.
The same subscription already there with a known key: nothing is done.`

export function addCreate(parent: Command, ctx: Context): void {
  parent
    .command('create')
    .description('Create one more webhook subscription and keep its signing key.')
    .option('--callback-url <url>', 'where Calendly delivers to [CALRECONNECT_CALLBACK_URL]')
    .option('--allow-http', 'accept a plain-http callback URL')
    .option('--allow-ephemeral-host', 'accept a callback URL at a tunnel, on this machine or in a private network')
    .option('--events <list>', 'events, comma-separated (default: invitee.created,invitee.canceled)')
    .option('--allow-unknown-event', 'subscribe to events that this version does not know')
    .addOption(new Option('--scope <scope>', 'whose events (default: organization)').choices([...SCOPES]))
    .option('--group <uri>', 'the group, with --scope group')
    .option('--signing-key-file <file>', 'sign with the key in this file instead of a new one')
    .option('--signing-key-stdin', 'read that key from standard input')
    .option('--dry-run', 'show what would be done and change nothing')
    .option('--yes', 'do not ask before replacing one that is in the way')
    .addHelpText('after', EXAMPLES)
    .action((flags: CreateFlags) => runCreate(ctx, flags))
}

async function runCreate(ctx: Context, flags: CreateFlags): Promise<void> {
  const [{ createWebhook, prepareCreate }, { renderWebhookChange }, { whatOf }] = await Promise.all([
    import('../../../operations/webhooks/create.ts'),
    import('../../render/webhooks.ts'),
    import('../../render/plan.ts'),
  ])
  const wanted = await wantedFrom(ctx, flags)
  const signingKey = (await readSigningKey(ctx, flags))?.key ?? null
  await acting(ctx, async (session) => {
    const ports = await webhookPorts(ctx)
    const prepared = await prepareCreate(ports, session, wanted)
    const dryRun = flags.dryRun === true
    const isReplacing = prepared.plan.steps.some(({ action }) => action === 'replace')
    if (isReplacing && !dryRun) {
      await confirmPlan(ctx, prepared.plan, { command: 'webhooks create', what: whatOf(prepared.plan), session, yes: flags.yes === true })
    }
    const data = await createWebhook(ports, session, prepared, { wanted, signingKey, dryRun })
    showChange(ctx, data, (value, view) => renderWebhookChange(value, view, { dryRun }))
    if (data.applied.length === 0 && signingKey !== null && !dryRun) {
      ctx.warn('The key that was given is not used: the subscription is there already, with the key that is stored')
    }
    if (data.applied.length > 0 && data.webhook !== null) {
      const kept = session.connection === null ? 'No connection is stored; the signing key is kept' : 'The signing key is kept'
      ctx.hint(advise`${kept} in ${await ctx.storePath()}: ${next('webhooks', 'get', data.webhook.id, '--show-secret')}`)
    }
  })
}

/** @throws SETTING_MISSING, INVALID_URL, INSECURE_URL, EPHEMERAL_HOST, UNKNOWN_EVENT, EVENT_SCOPE_MISMATCH, USAGE */
async function wantedFrom(ctx: Context, flags: CreateFlags): Promise<DesiredWebhook> {
  const [{ desiredFrom }, { checkCallbackUrl }] = await Promise.all([
    import('../../../core/connection/desired.ts'),
    import('../../../core/calendly/identity.ts'),
  ])
  const given = flags.callbackUrl ?? nonEmpty(ctx.env['CALRECONNECT_CALLBACK_URL'])
  if (given === null) {
    throw new CalreconnectError('SETTING_MISSING', 'A callback URL is needed', {
      hint: 'Pass --callback-url, or set CALRECONNECT_CALLBACK_URL',
    })
  }
  const callbackUrl = checkCallbackUrl(given, allowedUrls(flags))
  const events = flags.events === undefined ? null : flags.events.split(',')
  const { scope = null, group = null, allowUnknownEvent: allowUnknownEvents = false } = flags
  const desired = desiredFrom(null, { callbackUrl, events, scope, group, allowUnknownEvents })
  return { ...desired, callbackUrl }
}
