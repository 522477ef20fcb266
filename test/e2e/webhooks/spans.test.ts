// Nobody knows within what Calendly wants a callback URL to be unique (409 "already exists"). Whatever it is, every command that makes
// a subscription ends with exactly one of ours at its place, its key known, and changes nothing when it is run again.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type EmulatedCli, emulatedCli, HOOK } from '../../support/connected.ts'

const SPANS = ['creator', 'owner', 'app', 'organization', 'global'] as const
const PARTNER = 'https://partner.example.com/hook'
let cli: EmulatedCli
afterEach(() => cli.close())

const ours = () => cli.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl.startsWith(HOOK))

/** One at each place, signed with the key that the store has; the partner's is as it was. */
async function expectRight(places: readonly string[]): Promise<void> {
  const rows = ours()
  expect(rows.map(({ callbackUrl, state }) => `${callbackUrl} ${state}`).toSorted()).toEqual(
    places.map((place) => `${place} active`).toSorted(),
  )
  for (const { uri, signingKey } of rows) {
    const shown = await cli.run(['webhooks', 'get', uri, '--show-secret'])
    expect(shown.stdout.trim()).toContain(signingKey)
  }
  expect(cli.emulator.control.subscriptions().filter(({ callbackUrl }) => callbackUrl === PARTNER)).toHaveLength(1)
}

async function run(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cli.run(args)
  expect([args.join(' '), code, code === 0 ? '' : stderr]).toEqual([args.join(' '), 0, ''])
}

/** Writes that a command caused at Calendly. */
async function writesOf(...args: readonly string[]): Promise<number> {
  const before = writes()
  await run(...args)
  return writes() - before
}

function writes(): number {
  return cli.emulator.control.requests.list().filter(({ method, path }) => path.startsWith('/webhook_subscriptions') && method !== 'GET')
    .length
}

test.each(SPANS)('every way to make a webhook is right where a URL is unique within: %s', async (conflict_span) => {
  cli = await emulatedCli({
    switches: { conflict_span },
    seed: { subscriptions: [{ callback_url: HOOK }, { callback_url: PARTNER }] },
  })
  // Somebody's old one is at the place already, and its key is lost.
  await cli.connect('--callback-url', HOOK)
  await expectRight([HOOK])

  await run('reconnect', '--events', 'invitee.created')
  await expectRight([HOOK])
  expect(ours()[0]?.events).toEqual(['invitee.created'])
  expect(await writesOf('reconnect')).toBe(0)

  await run('webhooks', 'recreate', '--yes')
  await expectRight([HOOK])

  await run('webhooks', 'recreate', '--overlap', '--yes')
  const [overlapped] = ours()
  expect(ours()).toHaveLength(1)
  await run('reconnect', '--callback-url', HOOK)
  await expectRight([HOOK])
  expect(overlapped?.callbackUrl).not.toBe('')

  const [own] = ours()
  cli.emulator.control.setSubscription(own?.uri ?? '', { state: 'disabled' })
  await run('reconnect')
  await expectRight([HOOK])

  await run('webhooks', 'create', '--callback-url', `${HOOK}/two`, '--events', 'invitee.created')
  expect(await writesOf('webhooks', 'create', '--callback-url', `${HOOK}/two`, '--events', 'invitee.created')).toBe(0)
  await expectRight([HOOK, `${HOOK}/two`])

  await run('webhooks', 'delete', `${HOOK}/two`, '--yes')
  await run('webhooks', 'restore', '--yes')
  await expectRight([HOOK, `${HOOK}/two`])

  const file = join(cli.folder, 'calreconnect.yaml')
  const [account] = (await cli.json(['accounts', 'list'])).envelope.data.accounts
  const events = '[invitee.created, invitee.canceled]'
  writeFileSync(
    file,
    `version: 1\naccounts:\n  ${account.name}:\n    webhooks:\n      - { callback_url: ${HOOK}, events: ${events}, scope: organization }\n`,
  )
  await run('webhooks', 'apply', '-f', file, '--yes')
  await expectRight([HOOK])
  expect(await writesOf('webhooks', 'apply', '-f', file, '--yes')).toBe(0)
  expect(await writesOf('reconnect')).toBe(0)

  await run('disconnect', '--yes')
  await expectRight([])
})
