// `webhooks watch`: audits again and again, and tells what is different.

import type { Command } from 'commander'
import { CalreconnectError } from '../../../core/errors/errors.ts'
import type { WatchMemory } from '../../../core/ports/watch.ts'
import type { WatchDeps } from '../../../operations/audit/watch.ts'
import { acting } from '../../context/acting.ts'
import type { Context } from '../../context.ts'

interface WatchFlags {
  readonly interval: string
  readonly once?: boolean
  readonly exec?: string
  readonly ndjson?: boolean
}

const EXAMPLES = `
Examples:
  $ calreconnect webhooks watch
  $ calreconnect webhooks watch --interval 15m --exec ./notify.sh
  $ calreconnect webhooks watch --once --json

Tells what appeared since the last round, and what is gone: the first round tells everything that is found. Where accounts are stored the
last round is remembered in a file beside the store, also between runs; with CALENDLY_TOKEN nothing is.
--exec runs CMD in your shell for each change, with { "change": "appeared"|"gone", "account", "finding": {…} } on its standard input.
What passes by itself (network, rate limits) does not end it. For cron, systemd and containers: calreconnect help ci`

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** Longer, no timer waits. */
const INTERVAL_MS_MAX = 24 * 86_400_000

export function addWatch(parent: Command, ctx: Context): void {
  parent
    .command('watch')
    .description('Audit again and again, and tell only what changed.')
    .option('--interval <time>', 'from the end of a round to the next: 30s, 5m, 1h', '5m')
    .option('--once', 'one round, for cron')
    .option('--exec <cmd>', 'run this in a shell for each change, with it on standard input as JSON')
    .option('--ndjson', 'one JSON line a change on stdout')
    .addHelpText('after', EXAMPLES)
    .action((flags: WatchFlags) => runWatch(ctx, flags))
}

async function runWatch(ctx: Context, flags: WatchFlags): Promise<void> {
  const intervalMs = parseInterval(flags.interval)
  const isOnce = flags.once === true
  if (ctx.globals.json && flags.ndjson === true) throw new CalreconnectError('USAGE', '--json and --ndjson both want stdout')
  if (ctx.globals.json && !isOnce) {
    throw new CalreconnectError('USAGE', '--json is one document, and watching has no end', { hint: 'Add --once, or use --ndjson instead' })
  }
  const [{ watch }, { changesAsJson, renderRound }] = await Promise.all([
    import('../../../operations/audit/watch.ts'),
    import('../../render/watch.ts'),
  ])
  const { signal } = ctx.interruption
  await watch(await depsOf(ctx, flags), { intervalMs: isOnce ? null : intervalMs, exec: flags.exec ?? null, signal }, (round) => {
    if (flags.ndjson !== true) return ctx.show(round, renderRound)
    for (const line of changesAsJson(round, ctx.invocation)) ctx.host.stdout.write(`${line}\n`)
  })
}

async function depsOf(ctx: Context, flags: WatchFlags): Promise<WatchDeps> {
  const { audit } = await import('../../../operations/audit/audit.ts')
  return {
    // The session anew each time: a token may have run out, a role may have changed.
    audit: () =>
      acting(ctx, async (session) => {
        const store = session.connection === null ? null : await ctx.store()
        return audit({ store, progress: await ctx.progress() }, session, {
          failOn: 'error',
          totalMax: null,
          perUrlMax: null,
          allowHosts: [],
        })
      }),
    memory: await memoryOf(ctx),
    hook: flags.exec === undefined ? null : await ctx.hookRunner(),
    clock: ctx.clock,
    warn: (text) => ctx.warn(text),
  }
}

/** By account and organization; in this process alone where nothing is stored. */
async function memoryOf(ctx: Context): Promise<WatchDeps['memory']> {
  if (!ctx.usesEnvironmentToken()) return (account, organizationUri) => ctx.watchMemory(`${account} ${organizationUri}`)
  let kept: Awaited<ReturnType<WatchMemory['load']>> = []
  return async () => ({
    load: async () => kept,
    async save(findings) {
      kept = findings
    },
  })
}

/** @throws USAGE */
function parseInterval(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text.trim()) ?? []
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0)
  if (digits !== undefined && ms > 0 && ms <= INTERVAL_MS_MAX) return ms
  throw new CalreconnectError('USAGE', `--interval takes a time up to 24d, not “${text}”`, {
    hint: 'Write a number and a unit: 30s, 5m, 1h',
  })
}
