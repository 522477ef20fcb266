// `webhooks`: the verbs for webhook subscriptions, one file each.

import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { addCreate } from './webhooks/create.ts'
import { addDelete } from './webhooks/delete.ts'
import { addGet } from './webhooks/get.ts'
import { addList } from './webhooks/list.ts'
import { addPrune } from './webhooks/prune.ts'
import { addRecreate } from './webhooks/recreate.ts'

export function addWebhooks(parent: Command, context: Context): void {
  const webhooks = parent.command('webhooks').description('Webhook subscriptions: what is at Calendly, and changing it safely.')
  for (const add of [addList, addGet, addCreate, addDelete, addPrune, addRecreate]) add(webhooks, context)
}
