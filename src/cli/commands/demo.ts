// `demo`: the whole story against a private emulator. No account, no browser, nothing left behind.

import { shellWord } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import type { Narrator, Told } from '../demo/story.ts'

const LINES_MAX = 9

export function addDemo(parent: Command, context: Context): void {
  parent
    .command('demo')
    .description('Tell the whole story against a private emulator in a temporary folder: no account and no browser needed.')
    .addHelpText('after', '\nExamples:\n  $ calreconnect demo\n  $ calreconnect demo --json')
    .action(async () => runDemo(context))
}

async function runDemo(context: Context): Promise<void> {
  const [{ demoApp, setStage }, { accumulatedSeed, tellStory }] = await Promise.all([
    import('../demo/stage.ts'),
    import('../demo/story.ts'),
  ])
  const stage = await setStage({
    program: context.host.program,
    node: context.host.node,
    searchPath: context.env['PATH'] ?? '',
    signal: context.interruption.signal,
    seed: (callbackUrl, redirectUri) => accumulatedSeed(callbackUrl, demoApp(redirectUri)),
  })
  try {
    const told = await tellStory(stage, narratorFor(context))
    context.show(told, summaryOf)
  } finally {
    const stake = { awaited: 'the demo to clear up', cost: `${stage.folder} may stay`, mend: `rm -r ${shellWord(stage.folder)}` }
    await context.interruption.finish(stake, () => stage.strike())
  }
}

function narratorFor(context: Context): Narrator {
  if (context.globals.json) return { scene: nothing, ran: nothing, line: nothing }
  const { stdout } = context.host
  let scenes = 0
  return {
    scene(title) {
      scenes += 1
      stdout.write(`\n${scenes}. ${title}\n\n`)
    },
    ran(args, { code, shown }) {
      const words = args.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`)).join(' ')
      stdout.write(`  $ calreconnect ${words}\n`)
      for (const line of excerpt(shown)) stdout.write(`${`  ${line}`.trimEnd()}\n`)
      if (code !== 0) stdout.write(`  (exit code ${code})\n`)
    },
    line: (text) => stdout.write(`  ${text}\n`),
  }
}

function nothing(): void {}

/** The first and last lines of what a command printed. */
function excerpt(text: string): readonly string[] {
  const lines = text.trimEnd().split('\n')
  if (lines.length <= LINES_MAX) return lines
  const head = lines.slice(0, LINES_MAX - 3)
  return [...head, `… ${lines.length - LINES_MAX + 1} more lines …`, ...lines.slice(-2)]
}

function summaryOf(told: Told): string {
  return `
Demo done: ${told.subscriptionsFound} subscriptions found, ${told.duplicatesDeleted} duplicates of ours deleted, ${told.subscriptionsOfOurs} kept, ${told.deliveriesVerified} delivery verified, ${told.tamperedRefused} tampered one refused, ${told.tunnelsPruned} tunnels pruned, ${told.leftOfOurs} subscriptions of ours and ${told.liveTokens} live tokens left.`
}
