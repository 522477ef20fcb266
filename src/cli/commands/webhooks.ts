// `webhooks`: the verbs for webhook subscriptions, one file each.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addAudit } from './webhooks/audit.ts'
import { addApply } from './webhooks/apply.ts'
import { addCreate } from './webhooks/create.ts'
import { addDelete } from './webhooks/delete.ts'
import { addGet } from './webhooks/get.ts'
import { addKeys } from './webhooks/keys.ts'
import { addList } from './webhooks/list.ts'
import { addListen } from './webhooks/listen.ts'
import { addPlan } from './webhooks/plan.ts'
import { addPrune } from './webhooks/prune.ts'
import { addRecreate } from './webhooks/recreate.ts'
import { addRestore } from './webhooks/restore.ts'
import { addSample } from './webhooks/sample.ts'
import { addWatch } from './webhooks/watch.ts'
import { addTest } from './webhooks/test.ts'

const EXAMPLES = `
Examples:
  $ calreconnect webhooks list
  $ calreconnect webhooks prune --dry-run
  $ calreconnect webhooks audit --fail-on warning`

export function addWebhooks(parent: Command, context: Context): void {
  const webhooks = parent
    .command('webhooks')
    .description('Webhook subscriptions: what is at Calendly, and changing it safely.')
    .addHelpText('after', EXAMPLES)
  for (const add of [
    addList,
    addGet,
    addCreate,
    addDelete,
    addPrune,
    addRecreate,
    addRestore,
    addKeys,
    addPlan,
    addApply,
    addAudit,
    addWatch,
    addSample,
    addListen,
    addTest,
  ])
    add(webhooks, context)
}
