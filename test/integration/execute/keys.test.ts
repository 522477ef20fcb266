// The signing key of a create: which of those that are at hand, and of several attempts whose.

import { afterEach, expect, test } from 'vitest'
import { createStep } from '../../../src/core/plan/steps.ts'
import { Secret } from '../../../src/core/secrets/secret.ts'
import type { UnsettledCreate } from '../../../src/core/plan/model.ts'
import { signingKeyOf } from '../../../src/operations/execute/keys.ts'
import { anUnsettledCreate, aSpec, OTHER_ORGANIZATION } from '../../support/builders.ts'
import { executionOf, webhookRig, type WebhookRig } from '../../support/webhooks.ts'

const SPEC = aSpec()
const STEP = createStep(SPEC, 'missing')
const NEW = /^[\w-]{43}$/

const rigs: WebhookRig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})

/** The key of STEP, where each of these attempts is open and has a key that is called like its run, but for those without. */
async function keyAfter(attempts: readonly UnsettledCreate[], keyless: readonly string[] = []): Promise<string> {
  const rig = await webhookRig()
  rigs.push(rig)
  const execution = await executionOf(rig, {
    unsettledCreates: async () => attempts,
    intendedKey: async (runId, index) => (keyless.includes(runId) ? null : new Secret(`key of ${runId} ${index}`)),
  })
  return (await signingKeyOf(execution, STEP)).reveal()
}

const attempt = (runId: string, differing: Partial<UnsettledCreate> = {}) =>
  anUnsettledCreate({ ...SPEC, runId, stepIndex: 3, ...differing })

test('signingKeyOf() sends the key of the latest attempt at the very same create that has one', async () => {
  expect(await keyAfter([attempt('first'), attempt('second'), attempt('third')], ['third'])).toBe('key of second 3')
})

test.each([
  ['another spelling of the URL', { callbackUrl: SPEC.callbackUrl.replace('hooks', 'HOOKS') }],
  ['another URL', { callbackUrl: 'https://hooks.example.com/other' }],
  ['other events', { events: ['invitee.canceled'] }],
  ['another organization', { organization: OTHER_ORGANIZATION }],
])('signingKeyOf() does not send the key of an attempt at %s', async (_what, differing) => {
  expect(await keyAfter([attempt('same'), attempt('other', differing)])).toBe('key of same 3')
  expect(await keyAfter([attempt('other', differing)])).toMatch(NEW)
})

test('signingKeyOf() makes a new key where no attempt is open, never the same twice', async () => {
  const keys = [await keyAfter([]), await keyAfter([]), await keyAfter([attempt('keyless')], ['keyless'])]
  for (const key of keys) expect(key).toMatch(NEW)
  expect(new Set(keys).size).toBe(3)
})

test('signingKeyOf() sends what was given for the step, else what was given for all, before any attempt’s', async () => {
  const rig = await webhookRig()
  rigs.push(rig)
  const { input, ...rest } = await executionOf(rig, {
    unsettledCreates: async () => [attempt('open')],
    intendedKey: async () => new Secret('intended'),
  })
  const ofAll = { ...input, signingKey: new Secret('of all') }
  const ofStep = (key: string | null) => ({ ...ofAll, signingKeyFor: () => (key === null ? null : new Secret(key)) })
  const keys = [ofStep('of the step'), ofStep(null), ofAll, input].map((one) => signingKeyOf({ ...rest, input: one }, STEP))
  expect((await Promise.all(keys)).map((key) => key.reveal())).toEqual(['of the step', 'of all', 'of all', 'intended'])
})
