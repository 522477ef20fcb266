// `mcp`: this program as an agent's tool.

import { next } from '../../core/errors/advice.ts'
import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Context } from '../context.ts'

const EXAMPLES = `
Examples:
  $ calreconnect mcp < /dev/null
  $ calreconnect mcp --allow-writes < /dev/null

In an agent's configuration:
  { "mcpServers": { "calreconnect": { "command": "calreconnect", "args": ["mcp"] } } }

Tools that read: status, list_webhooks, audit_webhooks, verify_delivery, runs. Tools that plan and change nothing: plan_reconnect,
plan_prune, plan_delete, plan_restore; each gives a plan_id. With --allow-writes there is apply_plan, which takes such an id once, and
refuses (PLAN_STALE) where the plan made anew differs from what was shown. No tool prints a token or a signing key.`

export function addMcp(parent: Command, ctx: Context): void {
  parent
    .command('mcp')
    .description('Serve an agent over standard input and output (Model Context Protocol): it reads and plans; changes only when allowed.')
    .option('--allow-writes', 'let it carry out a plan that it was shown')
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly allowWrites?: boolean }) => runMcp(ctx, flags.allowWrites === true))
}

async function runMcp(ctx: Context, allowWrites: boolean): Promise<void> {
  if (ctx.globals.json) {
    throw new CalreconnectError('USAGE', 'mcp cannot be used with --json: standard output belongs to the protocol', {
      hint: next('mcp', '--help'),
    })
  }
  const { serveMcp } = await import('../mcp/server.ts')
  await serveMcp(ctx, { allowWrites })
}
