// `store reset-secrets`: the way on when the key of the store is lost.

import type { Command } from 'commander'
import { next } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { setCommand } from '../../../core/connection/app.ts'
import { connectCommand } from '../../../core/connection/usable.ts'
import type { Context } from '../../context.ts'
import { existingStore } from '../../context/existing-store.ts'
import { confirmChanges } from '../../input/confirm-changes.ts'
import { count, listOf } from '../../render/words.ts'

const EXAMPLES = `
Examples:
  $ calreconnect store reset-secrets
  $ calreconnect store reset-secrets --yes
  $ calreconnect connect --name sales

For a store whose key is lost (calreconnect store key status looks for it everywhere first). Forgets every token and signing key.
Accounts, what webhooks they want, and the journal stay: connect then mends each account, and gives its webhook a new signing key.
Nothing changes at Calendly: the forgotten tokens are not revoked there. Where the key is at hand, disconnect does that.`

export function addResetSecrets(parent: Command, ctx: Context): void {
  parent
    .command('reset-secrets')
    .description(
      'Forget all tokens and signing keys, for a store whose key is lost. Accounts and journal stay; connect mends each account.',
    )
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly yes?: boolean }) => runResetSecrets(ctx, flags))
}

async function runResetSecrets(ctx: Context, flags: { readonly yes?: boolean }): Promise<void> {
  if ((await existingStore(ctx)) === null) throw new CalreconnectError('STORE_MISSING', `There is no store at ${await ctx.storePath()}`)
  const [{ connections, subscriptions, apps }, keys, { renderReset, renderResetQuestion }] = await Promise.all([
    ctx.store(),
    ctx.storeKeys(),
    import('../../render/store.ts'),
  ])
  const { keyId, usable } = await keys.status()
  const accounts = (await connections.list()).filter(({ accessToken, refreshToken }) => accessToken !== null || refreshToken !== null)
  const signingKeys = (await subscriptions.signingKeys()).length
  const secrets = (await apps.list()).filter(({ clientSecret }) => clientSecret !== null).map(({ clientId }) => clientId)
  const what = listOf([
    count(accounts.length, 'account'),
    count(signingKeys, 'signing key'),
    ...(secrets.length === 0 ? [] : [count(secrets.length, 'OAuth app')]),
  ])
  if (usable && keyId !== null && accounts.length > 0) {
    ctx.warn('The key of this store is not lost: disconnect also deletes the webhooks and revokes the tokens, which this does not')
  }
  await confirmChanges(
    ctx,
    {
      count: accounts.length + signingKeys + secrets.length,
      command: 'store reset-secrets',
      what: `forget the secrets of ${what} for good`,
      look: next('store', 'key', 'status'),
      show: (view) => renderResetQuestion({ accounts: accounts.map(({ name }) => name), signingKeys, apps: secrets }, view),
    },
    flags,
  )
  const data = await keys.reset()
  ctx.show(data, renderReset)
  for (const clientId of data.apps) ctx.hint(setCommand(clientId))
  for (const name of data.accounts) ctx.hint(connectCommand(name))
}
