// `log`: what this tool asked of Calendly and what it answered.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'

interface LogFlags {
  readonly errors?: boolean
  readonly since?: string
  readonly run?: string
  readonly limit: string
}

const LIMIT = '100'
const LIMIT_MAX = 10_000

const EXAMPLES = `
Examples:
  $ calreconnect log
  $ calreconnect log --errors --since 1d
  $ calreconnect log --run 3f9a12c4 --json | jq '.data.entries[] | .response_body'

Bodies are in --json only. Tokens, keys and codes are never on record.`

export function addLog(parent: Command, ctx: Context): void {
  parent
    .command('log')
    .description('Show the requests to Calendly that are on record (10,000 at most), newest last.')
    .option('--errors', 'only those that failed or were refused')
    .option('--since <age>', 'only those of the last 45m, 12h, 1d, 2w')
    .option('--run <run>', 'only those of this run (its id or the beginning of it)')
    .option('--limit <n>', 'the newest so many', LIMIT)
    .addHelpText('after', EXAMPLES)
    .action((flags: LogFlags) => runLog(ctx, flags))
}

async function runLog(ctx: Context, flags: LogFlags): Promise<void> {
  const limit = wholeNumber(flags.limit, '--limit', { min: 1, max: LIMIT_MAX })
  const [{ parseAge }, { readLog }, { renderLog }] = await Promise.all([
    import('../../core/plan/prune.ts'),
    import('../../operations/journal/log.ts'),
    import('../render/log.ts'),
  ])
  const sinceMs = flags.since === undefined ? null : ctx.clock.nowMs() - parseAge(flags.since)
  const { apiLog, runs } = await ctx.store()
  ctx.show(await readLog({ apiLog, runs }, { errorsOnly: flags.errors === true, sinceMs, run: flags.run ?? null, limit }), renderLog)
}
