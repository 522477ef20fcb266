// `app set`: keeps an OAuth app. Its secret comes from a file, standard input or a hidden prompt, never from argv.

import type { Command } from 'commander'
import { next } from '../../../core/errors/advice.ts'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import { Secret } from '../../../core/secrets/secret.ts'
import type { Context } from '../../context.ts'
import { askForClientId, askForSecret, keepApp } from '../../context/first-app.ts'
import { setting, textOf } from '../../input/environment.ts'

interface SetFlags {
  readonly clientId?: string
  readonly name?: string
  readonly clientSecretFile?: string
  readonly clientSecretStdin?: boolean
  readonly native?: boolean
}

const SECRET_BYTES_MAX = 4096

const EXAMPLES = `
Examples:
  $ calreconnect app set CLIENT_ID
  $ calreconnect app set CLIENT_ID --client-secret-stdin < secret.txt
  $ calreconnect app set CLIENT_ID --name staging --client-secret-file secret.txt
  $ calreconnect app set CLIENT_ID --native
  $ calreconnect app set --client-id=-CLIENT_ID --native

A web app has a secret; a native one has none. Both are shown once, when the app is made at https://developer.calendly.com.
Setting an app again puts a new secret or name in the place of the old one.`

export function addSet(parent: Command, ctx: Context): void {
  parent
    .command('set [client-id]')
    .description('Keep an OAuth app in the store, its secret encrypted. Without --client-secret-… a hidden prompt asks for the secret.')
    .option('--client-id <id>', 'the same as the argument (default: CALENDLY_CLIENT_ID)')
    .option('--name <name>', 'what to call it here (default: its client id)')
    .option('--client-secret-file <file>', 'a file with the secret')
    .option('--client-secret-stdin', 'read the secret from standard input')
    .option('--native', 'a native app: it has no secret')
    .addHelpText('after', EXAMPLES)
    .action((clientId: string | undefined, flags: SetFlags) => runSet(ctx, clientId, flags))
}

async function runSet(ctx: Context, word: string | undefined, flags: SetFlags): Promise<void> {
  checkCombination(word, flags)
  const clientId = word ?? flags.clientId ?? setting(ctx.env, 'CALENDLY_CLIENT_ID') ?? (await promptedId(ctx))
  const clientSecret = await secretOf(ctx, flags)
  const [{ listApps }, { renderAppSet }] = await Promise.all([
    import('../../../operations/accounts/apps.ts'),
    import('../../render/app.ts'),
  ])
  const { apps, connections } = await ctx.store()
  const before = (await apps.list()).find((app) => app.clientId === clientId)
  const name = flags.name ?? before?.name ?? null
  await keepApp(ctx, { clientId, name, kind: clientSecret === null ? 'native' : 'web', clientSecret })
  const known = await listApps({ connections }, await ctx.oauthApps())
  const app = known.apps.find((one) => one.clientId === clientId && one.from === 'store')
  if (app === undefined) throw new CalreconnectError('BUG', 'An app that was kept is not there')
  ctx.show({ app }, renderAppSet)
  const { environment } = await ctx.oauthApps()
  if (environment !== null) ctx.hint(`CALENDLY_CLIENT_ID is set and wins over what is kept here: ${environment.clientId}`)
}

/** @throws USAGE */
function checkCombination(word: string | undefined, flags: SetFlags): void {
  if (word !== undefined && flags.clientId !== undefined && word !== flags.clientId) {
    throw new CalreconnectError('USAGE', `${word} and --client-id ${flags.clientId} are two apps`, { hint: 'Leave one of them out' })
  }
  const ways = [
    flags.clientSecretFile === undefined ? null : '--client-secret-file',
    flags.clientSecretStdin === true ? '--client-secret-stdin' : null,
    flags.native === true ? '--native' : null,
  ].filter((way) => way !== null)
  if (ways.length > 1) throw new CalreconnectError('USAGE', `${ways.join(' and ')} cannot be used together`)
}

/** @throws INPUT_REQUIRED where nobody can be asked */
async function promptedId(ctx: Context): Promise<string> {
  if (ctx.canPrompt) return askForClientId(ctx)
  throw new CalreconnectError('INPUT_REQUIRED', 'The client id is needed, as an argument', {
    hint: next('app', 'set', '--help'),
  })
}

/** Null for a native app. @throws INPUT_REQUIRED, FILE_UNREADABLE */
async function secretOf(ctx: Context, flags: SetFlags): Promise<Secret | null> {
  if (flags.native === true) return null
  if (flags.clientSecretStdin !== true && flags.clientSecretFile === undefined) {
    if (ctx.canPrompt) return askForSecret(ctx)
    throw new CalreconnectError('INPUT_REQUIRED', 'The secret is needed: pass --client-secret-stdin, --client-secret-file or --native', {
      hint: next('app', 'set', '--help'),
    })
  }
  const bytes = flags.clientSecretFile === undefined ? await ctx.readStdin() : await ctx.readFile(flags.clientSecretFile, SECRET_BYTES_MAX)
  const from = flags.clientSecretFile ?? 'standard input'
  const text = bytes.length > SECRET_BYTES_MAX ? '' : textOf(bytes)
  if (text === '') throw new CalreconnectError('FILE_UNREADABLE', `There is no client secret in ${from}`)
  if (/\s/.test(text))
    throw new CalreconnectError('FILE_UNREADABLE', `What is in ${from} is more than a client secret: it has blanks inside`)
  return new Secret(text)
}
