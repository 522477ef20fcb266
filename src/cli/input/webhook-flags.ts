// The options that say what a connection's webhook should be, the same for connect and reconnect.

import { type Command, Option } from 'commander'
import { type CallbackUrlOptions, checkCallbackUrl } from '../../core/calendly/identity.ts'
import { type Scope, SCOPES } from '../../core/calendly/model.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { OthersPolicy } from '../../operations/webhooks/others.ts'
import type { WantedWebhook } from '../../core/connection/desired.ts'
import type { Context } from '../context.ts'
import { nonEmpty } from './globals.ts'

export interface WebhookFlags {
  readonly callbackUrl?: string
  readonly allowHttp?: boolean
  readonly allowEphemeralHost?: boolean
  readonly events?: string
  readonly allowUnknownEvent?: boolean
  readonly scope?: Scope
  readonly group?: string
  /** False: --no-replace. */
  readonly replace?: boolean
  readonly adopt?: boolean
  readonly takeOver?: boolean
}

export function addWebhookFlags(command: Command): Command {
  return command
    .option('--callback-url <url>', 'where Calendly delivers to; remembered [CALRECONNECT_CALLBACK_URL, where none is remembered yet]')
    .option('--allow-http', 'accept a plain-http callback URL')
    .option('--allow-ephemeral-host', 'accept a callback URL at a tunnel, on this machine or in a private network')
    .option('--events <list>', 'events, comma-separated (default: invitee.created,invitee.canceled)')
    .option('--allow-unknown-event', 'subscribe to events that this version does not know')
    .addOption(new Option('--scope <scope>', 'whose events (default: organization)').choices([...SCOPES]))
    .option('--group <uri>', 'the group, with --scope group')
    .option('--no-replace', 'leave a subscription of others at the callback URL; make one beside it where Calendly allows that')
    .option('--adopt', 'take a subscription of others at the callback URL as it is, without a new signing key (webhooks keys add tells it)')
    .option('--take-over', 'replace a subscription of others although they keep replacing ours (CONTESTED)')
}

/** What becomes of subscriptions of others. @throws USAGE */
export function othersPolicy(flags: WebhookFlags): OthersPolicy {
  const chosen = [
    flags.replace === false ? '--no-replace' : null,
    flags.adopt === true ? '--adopt' : null,
    flags.takeOver === true ? '--take-over' : null,
  ].filter((flag) => flag !== null)
  if (chosen.length > 1) throw new CalreconnectError('USAGE', `${chosen.join(' and ')} cannot be used together`)
  return { others: flags.adopt === true ? 'adopt' : flags.replace === false ? 'leave' : 'replace', takeOver: flags.takeOver === true }
}

/** Which callback URLs are taken on somebody's word. */
export function allowedUrls(flags: Pick<WebhookFlags, 'allowHttp' | 'allowEphemeralHost'>): CallbackUrlOptions {
  return { allowHttp: flags.allowHttp === true, allowEphemeralHost: flags.allowEphemeralHost === true }
}

/** @throws INVALID_URL, INSECURE_URL, EPHEMERAL_HOST */
export function wantedWebhook(ctx: Context, flags: WebhookFlags): WantedWebhook {
  const usual = nonEmpty(ctx.env['CALRECONNECT_CALLBACK_URL'])
  const checked = (url: string): string => checkCallbackUrl(url, allowedUrls(flags))
  return {
    callbackUrl: flags.callbackUrl === undefined ? null : checked(flags.callbackUrl),
    // Only a flag moves a webhook: a variable that some shell happens to have must not.
    ...(usual === null || flags.callbackUrl !== undefined ? {} : { callbackUrlIfNone: checked(usual) }),
    events: flags.events === undefined ? null : flags.events.split(','),
    scope: flags.scope ?? null,
    group: flags.group ?? null,
    ...(flags.allowUnknownEvent === true ? { allowUnknownEvents: true } : {}),
  }
}
