// The options that say what a connection's webhook should be, the same for connect and reconnect.

import { type Command, Option } from 'commander'
import { checkCallbackUrl } from '../../core/calendly/identity.ts'
import { type Scope, SCOPES } from '../../core/calendly/model.ts'
import type { WantedWebhook } from '../../core/connection/desired.ts'
import type { Context } from '../context.ts'
import { nonEmpty } from './globals.ts'

export interface WebhookFlags {
  readonly callbackUrl?: string
  readonly allowHttp?: boolean
  readonly events?: string
  readonly allowUnknownEvent?: boolean
  readonly scope?: Scope
  readonly group?: string
}

export function addWebhookFlags(command: Command): Command {
  return command
    .option('--callback-url <url>', 'where Calendly delivers to; remembered [CALRECONNECT_CALLBACK_URL]')
    .option('--allow-http', 'accept a plain-http callback URL')
    .option('--events <list>', 'events, comma-separated (default: invitee.created,invitee.canceled)')
    .option('--allow-unknown-event', 'subscribe to events that this version does not know')
    .addOption(new Option('--scope <scope>', 'whose events (default: organization)').choices([...SCOPES]))
    .option('--group <uri>', 'the group, with --scope group')
}

/** @throws INVALID_URL, INSECURE_URL */
export function wantedWebhook(ctx: Context, flags: WebhookFlags): WantedWebhook {
  const callbackUrl = flags.callbackUrl ?? nonEmpty(ctx.env['CALRECONNECT_CALLBACK_URL'])
  return {
    callbackUrl: callbackUrl === null ? null : checkCallbackUrl(callbackUrl, { allowHttp: flags.allowHttp === true }),
    events: flags.events === undefined ? null : flags.events.split(','),
    scope: flags.scope ?? null,
    group: flags.group ?? null,
    ...(flags.allowUnknownEvent === true ? { allowUnknownEvents: true } : {}),
  }
}
