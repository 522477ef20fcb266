// One POST and what explains its answer, or the lack of one: which of several is this step's own, and which is in its way.

import { afterEach, expect, test } from 'vitest'
import { planRecreate } from '../../../src/core/plan/reconcile.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import { executePlan } from '../../../src/operations/execute/plan.ts'
import { post } from '../../../src/operations/execute/post.ts'
import { observe } from '../../../src/operations/observe/observe.ts'
import { anUnsettledCreate, MADE_AT } from '../../support/builders.ts'
import { HOOK } from '../../support/connected.ts'
import { EVENTS, executionOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'

const OTHER = 'https://hooks.example.com/other'
const KEY = new Secret('the-key')

const rigs: WebhookRig[] = []
async function rigOf(...options: Parameters<typeof webhookRig>): Promise<WebhookRig> {
  const rig = await webhookRig(...options)
  rigs.push(rig)
  return rig
}
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

async function orgSpec(rig: WebhookRig, callbackUrl: string) {
  const { organizationUri: organization } = await rig.session()
  return { callbackUrl, events: EVENTS, scope: 'organization', organization, user: null, group: null } as const
}

test.each([
  ['another step of this run', { runId: 'run-1', stepIndex: 1 }],
  ['the same step of another run', { runId: 'run-2', stepIndex: 0 }],
])('post() whose answer was lost does not take what %s made for its own', async (_whose, theirs) => {
  const rig = await rigOf()
  const [mine, other] = [await orgSpec(rig, HOOK), await orgSpec(rig, OTHER)]
  await (await rig.session()).api.createSubscription(other, KEY)
  rig.emulator.control.addFaults([{ method: 'POST', path: '/webhook_subscriptions', action: 'drop_after', times: 1 }])
  const startedAtMs = rig.deps.clock.nowMs() - 1_000
  const intents = [anUnsettledCreate({ ...other, ...theirs, startedAtMs }), anUnsettledCreate({ ...mine, startedAtMs })]
  const execution = await executionOf(rig, { unsettledCreates: async () => intents, intendedKey: async () => KEY })
  const made = await post(execution, { index: 0, spec: mine, signingKey: KEY, sentBefore: false, going: new Set() })
  expect(made).toMatchObject({ kind: 'made', subscription: { callbackUrl: HOOK } })
})

test('post() names what is in its way in this order: its own scope and owner, then the very text of the URL', async () => {
  const spelled = 'https://HOOKS.example.com/calendly'
  const rig = await rigOf({
    seed: {
      users: [{ id: 'OWNER', email: 'o@example.com', role: 'owner' }],
      subscriptions: [
        { callback_url: HOOK },
        { callback_url: spelled, scope: 'user', user: 'OWNER' },
        { callback_url: HOOK, scope: 'user', user: 'OWNER' },
        { callback_url: spelled },
      ],
    },
  })
  const { userUri } = await rig.session()
  const spec = { ...(await orgSpec(rig, HOOK)), scope: 'user', user: userUri } as const
  const asked = await post(await executionOf(rig, { unsettledCreates: async () => [] }), {
    index: 0,
    spec,
    signingKey: KEY,
    sentBefore: false,
    going: new Set(),
  })
  if (asked.kind !== 'conflict') throw new Error('no conflict')
  expect(asked.atUrl.map(({ scope, callbackUrl }) => `${scope} ${callbackUrl}`)).toEqual([
    `user ${HOOK}`,
    `user ${spelled}`,
    `organization ${HOOK}`,
    `organization ${spelled}`,
  ])
})

test('executePlan() keeps the definition of what it replaces at the URL where that was, seen before or not', async () => {
  const rig = await rigOf({ seed: { subscriptions: [{ callback_url: HOOK }] } })
  const session = await rig.session()
  const [current] = (await observe(rig.deps, session)).observed
  if (current?.scope !== 'organization' || current.state !== 'active') throw new Error('nothing to recreate')
  const head = { account: 'me', organizationUri: session.organizationUri, madeAt: MADE_AT }
  const plan = planRecreate({ ...head, current: { ...current, scope: 'organization', state: 'active' }, overlap: true })
  const { runId } = await executePlan(rig.deps, { command: 'test', plan, session, origin: 'connection', observed: [] })
  const [step] = (await rig.store.runs.get(runId ?? ''))?.steps ?? []
  expect([step?.backup?.callbackUrl, step?.step.callbackUrl]).toEqual([HOOK, `${HOOK}?calreconnect=1`])
})
