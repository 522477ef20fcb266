// `app show`: which OAuth apps are known here, and who uses them. No secret is shown.

import type { Command } from 'commander'
import { advise, next } from '../../../core/errors/advice.ts'
import type { Context } from '../../context.ts'

export function addShow(parent: Command, ctx: Context): void {
  parent
    .command('show [app]')
    .alias('ls')
    .description('Show the OAuth apps that are known here, or one by its name or client id: kind, where from, which accounts use it.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect app show\n  $ calreconnect app show staging --json')
    .action((query: string | undefined) => runShow(ctx, query ?? null))
}

async function runShow(ctx: Context, query: string | null): Promise<void> {
  const [{ listApps }, { renderApps }] = await Promise.all([import('../../../operations/accounts/apps.ts'), import('../../render/app.ts')])
  const known = await ctx.oauthApps()
  const data = await listApps({ connections: (await ctx.store()).connections }, known, query)
  ctx.show(data, renderApps)
  if (data.apps.length === 0) ctx.hint(advise`No OAuth app is known here. ${next('connect')} says how to make one`)
}
