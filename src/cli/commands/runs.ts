// `runs`: the journal of changes at Calendly.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { wholeNumber } from '../input/globals.ts'

interface RunsFlags {
  readonly limit: string
}

const LIMIT = '50'
const LIMIT_MAX = 2_000

const EXAMPLES = `
Examples:
  $ calreconnect runs
  $ calreconnect runs --account sales --limit 10
  $ calreconnect runs 3f9a12c4

A run's id may be shortened as long as it is unambiguous.`

export function addRuns(parent: Command, ctx: Context): void {
  parent
    .command('runs [run]')
    .description('Show what was changed at Calendly: each run, its plan, steps and outcomes; open and unsettled ones first.')
    .option('--limit <n>', 'how many runs to list', LIMIT)
    .addHelpText('after', EXAMPLES)
    .action((run: string | undefined, flags: RunsFlags) => runRuns(ctx, run, flags))
}

async function runRuns(ctx: Context, run: string | undefined, flags: RunsFlags): Promise<void> {
  const limit = wholeNumber(flags.limit, '--limit', { min: 1, max: LIMIT_MAX })
  const [{ listRuns, showRun }, { renderRun, renderRuns }] = await Promise.all([
    import('../../operations/journal/runs.ts'),
    import('../render/runs.ts'),
  ])
  const { runs, connections } = await ctx.store()
  if (run === undefined) ctx.show(await listRuns({ runs, connections }, { account: ctx.globals.account, limit }), renderRuns)
  else ctx.show(await showRun({ runs }, run), renderRun)
}
