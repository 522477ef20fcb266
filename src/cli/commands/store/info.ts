// `store info`: what is known of the store without its key.

import { advise, next } from '../../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { Context } from '../../context.ts'
import type { StoreFacts } from '../../render/store.ts'

export function addInfo(parent: Command, ctx: Context): void {
  parent
    .command('info')
    .description('Show where the store is, its schema version, size, integrity and permissions, and where its key comes from.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect store info\n  $ calreconnect store info --db ./other.db --json')
    .action(() => runInfo(ctx))
}

async function runInfo(ctx: Context): Promise<void> {
  const { renderStoreInfo } = await import('../../render/store.ts')
  const path = await ctx.storePath()
  const facts = (await ctx.storeIsThere()) === false ? await absentFacts(ctx, path) : await factsOf(ctx)
  const problem =
    facts.integrity === null || facts.integrity === 'ok'
      ? null
      : new CalreconnectError('STORE_DAMAGED', `The store ${path} is damaged: ${facts.integrity}`, {
          hint: 'Restore it from a backup, or name another store with --db or CALRECONNECT_DB',
        })
  ctx.show(facts, renderStoreInfo, problem)
  if (facts.schemaVersion === null) ctx.hint(advise`The first ${next('connect')} makes it`)
}

async function factsOf(ctx: Context): Promise<StoreFacts> {
  const { location, ...rest } = await (await ctx.store()).info()
  const [key, { keyPlaceFacts }] = await Promise.all([(await ctx.storeKeys()).status(), import('../../render/store.ts')])
  return { path: location, ...rest, keySource: key.location, keyUsable: key.usable, keyPlaces: key.places.map(keyPlaceFacts) }
}

/** Looking makes no store. */
async function absentFacts(ctx: Context, path: string): Promise<StoreFacts> {
  return {
    path,
    schemaVersion: null,
    sizeBytes: 0,
    integrity: null,
    permissions: null,
    keySource: await ctx.keySource(),
    keyUsable: null,
    keyPlaces: [],
  }
}
