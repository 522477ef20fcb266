// The whole story, told by running this program. Each scene checks what it claims; the first claim that does not
// hold ends the demo with an error.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Ran, Stage } from './stage.ts'

export interface Told {
  readonly subscriptionsFound: number
  readonly duplicatesDeleted: number
  readonly subscriptionsOfOurs: number
  readonly deliveriesVerified: number
  readonly tamperedRefused: number
  readonly tunnelsPruned: number
  readonly leftOfOurs: number
  readonly liveTokens: number
}

/** How the story reaches its reader. */
export interface Narrator {
  scene(title: string): void
  /** A command line and what it printed. */
  ran(args: readonly string[], result: Ran): void
  line(text: string): void
}

const OLD_ONES = 64
const TUNNELS = 41
const OTHERS = 32

/** An organization in which every reconnect of past years left a subscription behind, and other people's besides. */
export function accumulatedSeed(callbackUrl: string, app: unknown): unknown {
  const events = ['invitee.created', 'invitee.canceled']
  return {
    organizations: [{ name: 'Acme' }],
    users: [{ name: 'Robin Owner', email: 'robin@acme.example', role: 'owner' }],
    apps: [app],
    subscriptions: [
      { count: OLD_ONES - 1, callback_url: callbackUrl, events, scope: 'organization', created_at: '2025-01-15T09:00:00.000000Z' },
      { callback_url: callbackUrl, events, scope: 'organization', state: 'disabled', created_at: '2025-09-01T09:00:00.000000Z' },
      {
        count: TUNNELS,
        callback_url: 'https://dev-{n}.ngrok-free.app/hook',
        events,
        scope: 'organization',
        created_at: '2026-03-02T09:00:00.000000Z',
      },
      {
        count: OTHERS,
        callback_url: 'https://hooks.partner.example/{n}',
        events,
        scope: 'organization',
        created_at: '2026-05-20T09:00:00.000000Z',
      },
    ],
  }
}

export async function tellStory(stage: Stage, narrator: Narrator): Promise<Told> {
  const { show, json } = speaker(stage, narrator)

  narrator.scene('Connect: OAuth in the browser, one time')
  await show(['connect', '--name', 'acme', '--no-webhook', '--no-browser'])

  narrator.scene('What years of reconnecting left behind')
  await show(['webhooks', 'list'])
  const before = await json(['webhooks', 'list'])
  const found = number(before, 'summary', 'total')
  claim(found === OLD_ONES + TUNNELS + OTHERS, `${OLD_ONES + TUNNELS + OTHERS} subscriptions are listed, not ${found}`)
  narrator.line(`${found} subscriptions; every booking reaches ${stage.callbackUrl} ${OLD_ONES - 1} times.`)

  narrator.scene('Reconnect: exactly one of ours, and a signing key that is known')
  await show(['reconnect', '--callback-url', stage.callbackUrl, '--allow-http', '--allow-ephemeral-host'])
  const after = await json(['webhooks', 'list'])
  const ours = rows(after).filter((row) => row['callback_url'] === stage.callbackUrl && row['state'] === 'active')
  claim(ours.length === 1 && ours[0]?.['signing_key_stored'] === true, 'exactly one active subscription of ours, with its key stored')
  const deleted = found - number(after, 'summary', 'total')
  claim(deleted === OLD_ONES - 1, 'foreign subscriptions are untouched')
  const again = await json(['reconnect'])
  claim(applied(again).length === 0, 'reconnecting once more changes nothing')

  narrator.scene('A meeting is booked: its delivery is authentic, a tampered one is not')
  const { body, signature } = await stage.bookMeeting()
  const [real, forged] = [join(stage.folder, 'delivery.json'), join(stage.folder, 'tampered.json')]
  await writeFile(real, body)
  await writeFile(forged, body.toString('utf8').replace('invitee.created', 'invitee.canceled'))
  claim(!(await readFile(forged)).equals(body), 'the tampered delivery differs')
  await show(['verify', real, '--signature', signature])
  await show(['verify', forged, '--signature', signature], 3)

  narrator.scene('Prune what forgotten tunnels left')
  await show(['webhooks', 'prune', '--url', 'https://*.ngrok-free.app/*', '--yes'])
  const pruned = number(after, 'summary', 'total') - number(await json(['webhooks', 'list']), 'summary', 'total')
  claim(pruned === TUNNELS, `${TUNNELS} tunnel subscriptions are gone, not ${pruned}`)

  narrator.scene('Disconnect: nothing of ours stays, neither webhook nor token')
  await show(['disconnect', '--yes'])
  const [account] = list(await json(['status']), 'accounts')
  claim(member(account, 'is_active') === false, 'the connection is inactive')
  const left = stage.subscribedUrls()
  const leftOfOurs = left.filter((url) => url === stage.callbackUrl).length
  claim(leftOfOurs === 0, 'no subscription of ours is left')
  claim(stage.liveTokens() === 0, 'no token of ours is accepted any more')
  claim(left.length === OTHERS, 'other people’s subscriptions are all still there')
  return {
    subscriptionsFound: found,
    duplicatesDeleted: deleted,
    subscriptionsOfOurs: ours.length,
    deliveriesVerified: 1,
    tamperedRefused: 1,
    tunnelsPruned: pruned,
    leftOfOurs,
    liveTokens: stage.liveTokens(),
  }
}

interface Speaker {
  readonly show: (args: readonly string[], expected?: number) => Promise<void>
  readonly json: (args: readonly string[]) => Promise<unknown>
}

/** Running a command so that the reader sees it, or so that the story gets its JSON. */
function speaker(stage: Stage, narrator: Narrator): Speaker {
  const run = async (args: readonly string[], expected: number): Promise<Ran> => {
    const result = await stage.run(args)
    if (result.code === expected) return result
    throw failed(`calreconnect ${args.join(' ')} ended with ${result.code} instead of ${expected}\n${result.stderr}${result.stdout}`)
  }
  return {
    async show(args: readonly string[], expected = 0): Promise<void> {
      narrator.ran(args, await run(args, expected))
    },
    async json(args: readonly string[]): Promise<unknown> {
      const { stdout } = await run([...args, '--json'], 0)
      return member(JSON.parse(stdout), 'data')
    },
  }
}

function failed(text: string): CalreconnectError {
  return new CalreconnectError('BUG', `The demo failed: ${text}`)
}

function claim(holds: boolean, text: string): void {
  if (!holds) throw failed(`it is not so that ${text}`)
}

// Looking into documents of our own, without trusting their shape.

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) throw failed(`no ${key} in the answer`)
  return Object.entries(value).find(([name]) => name === key)?.[1]
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = member(value, key)
  if (!Array.isArray(found)) throw failed(`${key} is not a list`)
  return found
}

function first(values: readonly unknown[]): unknown {
  return values[0]
}

function number(value: unknown, outer: string, key: string): number {
  const found = member(member(value, outer), key)
  if (typeof found !== 'number') throw failed(`${outer}.${key} is not a number`)
  return found
}

function rows(value: unknown): readonly Record<string, unknown>[] {
  return list(value, 'webhooks').map((row) => Object.fromEntries(Object.entries(row ?? {})))
}

function applied(reconnected: unknown): readonly { readonly action: unknown }[] {
  return list(first(list(reconnected, 'results')), 'applied').map((step) => ({ action: member(step, 'action') }))
}
