// `disconnect` x what may go wrong x at which request: it never ends as done while something is left that its tokens could reach, never
// leaves a webhook that delivers as nobody's, and run again it ends with nothing left. Pinned: what is left there, and whether it is cleared here.

import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/operations/connect/connect.ts'
import { disconnect, type DisconnectResult } from '../../../src/operations/disconnect/disconnect.ts'
import { type DisconnectInput, prepareDisconnect } from '../../../src/operations/disconnect/prepare.ts'
import { accountRig, CONNECT, movedClock, type Rig, wanting } from '../../support/accounts.ts'
import { cellsOf, hit, patienceFor, type Place } from '../../support/mishaps.ts'

const INPUT: DisconnectInput = { keepWebhooks: false, forceLocal: false }
const NAME = 'sales'

const PLACES = {
  'the DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: 1 },
  'every DELETE': { method: 'DELETE', path: '/webhook_subscriptions/*', times: null },
  'the first revoke': { method: 'POST', path: '/oauth/revoke', times: 1 },
  'the second revoke': { method: 'POST', path: '/oauth/revoke', after: 1, times: 1 },
  'every revoke': { method: 'POST', path: '/oauth/revoke', times: null },
} as const satisfies Readonly<Record<string, Place>>
type PlaceName = keyof typeof PLACES
const PLACE_NAMES: readonly PlaceName[] = ['the DELETE', 'every DELETE', 'the first revoke', 'the second revoke', 'every revoke']

/** `done`, or the class of the failure and what it says is left (w: the webhook, r and a: the tokens), `/` and what is left at Calendly. */
const TABLE = `
| mishap         | the DELETE            | every DELETE          | the first revoke      | the second revoke     | every revoke          |
|----------------|-----------------------|-----------------------|-----------------------|-----------------------|-----------------------|
| plan 403       | refused wra / wra     | refused wra / wra     | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| scope 400      | refused wra / wra     | refused wra / wra     | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| scope 403      | auth wra / wra        | auth wra / wra        | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| taken 409      | refused wra / wra     | refused wra / wra     | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| failed 500     | unreachable wra / wra | unreachable wra / wra | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| HTML 404       | unreachable wra / wra | unreachable wra / wra | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| HTML 200       | unreachable wra / wra | unreachable wra / wra | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| reset before   | unreachable wra / wra | unreachable wra / wra | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| reset after    | unreachable wra / ra  | unreachable wra / ra  | unreachable ra / -    | unreachable a / -     | unreachable ra / -    |
| half an answer | unreachable wra / ra  | unreachable wra / ra  | unreachable ra / -    | unreachable a / -     | unreachable ra / -    |
| timeout before | unreachable wra / wra | unreachable wra / wra | unreachable ra / ra   | unreachable a / -     | unreachable ra / ra   |
| timeout after  | unreachable wra / ra  | unreachable wra / ra  | unreachable ra / -    | unreachable a / -     | unreachable ra / -    |
`

describe('disconnect()', () => {
  test.concurrent.for(cellsOf(TABLE, PLACE_NAMES))(
    'disconnect() that meets $mishap at $place ends with $expected, and with nothing left when run again',
    async ({ mishap, place, expected }, { onTestFinished }) => {
      const rig = await accountRig({ clock: movedClock(), ...patienceFor(mishap) })
      onTestFinished(() => rig.close())
      await connect(rig.deps, { ...CONNECT, name: NAME, wanted: wanting() }, rig.consent())
      const { refreshToken, accessToken } = await rig.get(NAME)
      const there = (): string => {
        const { state } = rig.emulator.control
        const refresh = state.grantOfRefreshToken(refreshToken?.reveal() ?? '')
        const access = state.grantOfAccessToken(accessToken?.reveal() ?? '')
        return lettersOf({
          w: rig.emulator.control.subscriptions().length > 0,
          r: refresh !== undefined && !refresh.refreshRevoked,
          a: access !== undefined && !access.accessRevoked,
        })
      }
      hit(rig.emulator, PLACES[place], mishap)
      const result = await leave(rig)
      expect(`${told(result)} / ${there()}`).toBe(expected)
      // Cleared here means that nothing is left, and what is not left is truly gone.
      expect(result.cleared).toBe(result.left.length === 0)
      for (const letter of there()) if (letter !== '-') expect(told(result)).toContain(letter)
      rig.emulator.control.faults.clear()
      expect(`${told(await leave(rig))} / ${there()}`).toBe('done / -')
    },
  )
})

async function leave(rig: Rig): Promise<DisconnectResult> {
  return disconnect(rig.deps, await prepareDisconnect(rig.deps, await rig.get(NAME), INPUT), INPUT)
}

function told({ left, error }: DisconnectResult): string {
  if (left.length === 0 && error === undefined) return 'done'
  const said = lettersOf({
    w: left.some((one) => one.includes('/webhook_subscriptions/')),
    r: left.includes('refresh_token'),
    a: left.includes('access_token'),
  })
  return `${error?.exit ?? 'no reason'} ${said}`
}

function lettersOf(found: Readonly<Record<string, boolean>>): string {
  return (
    Object.entries(found)
      .flatMap(([letter, isFound]) => (isFound ? [letter] : []))
      .join('') || '-'
  )
}
