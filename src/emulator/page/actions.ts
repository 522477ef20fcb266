// What the buttons of the page do. Knows nothing of how the page looks.
import { setTimeout as pause } from 'node:timers/promises'
import type { Control } from '../control/control.ts'
import type { Answer } from '../refusals.ts'
import { contentType, formPairs, type EmulatorRequest } from '../request.ts'
import { BadInput } from '../seed-schema.ts'

/** A page does not wait for a receiver that is slow; what came of it is seen when it is loaded again. */
const WAIT_MS = 2_000

const DONE: ReadonlyMap<string, string> = new Map([
  ['book', 'Booked a meeting.'],
  ['cancel', 'Canceled the meeting.'],
  ['reschedule', 'Rescheduled the meeting: one delivery for the old invitee, one for the new.'],
  ['expire', 'Expired all access tokens. Refresh tokens are still good.'],
])

/** What a page says that is loaded after a button; null for anything that no button did. */
export function noticeFor(request: EmulatorRequest): string | null {
  return DONE.get(request.query.get('done') ?? '') ?? null
}

/** Does what a button says, and sends the browser back to the page. */
export async function act(control: Control, request: EmulatorRequest): Promise<Answer> {
  const form = new Map(contentType(request) === 'application/x-www-form-urlencoded' ? formPairs(request) : [])
  const action = form.get('action') ?? ''
  try {
    const waiting = perform(control, action, form)
    if (waiting === null) return { status: 400, own: true, json: { error: 'no such button' } }
    await Promise.race([waiting, pause(WAIT_MS, undefined, { ref: false })])
  } catch (error) {
    if (error instanceof BadInput) return { status: 409, own: true, json: { error: error.message, path: error.path } }
    throw error
  }
  return { status: 303, own: true, html: '', headers: { location: `/?done=${action}` } }
}

function perform(control: Control, action: string, form: ReadonlyMap<string, string>): Promise<unknown> | null {
  const uri = form.get('uri') ?? ''
  if (action === 'book') return control.bookMeeting({ host: form.get('host') })
  if (action === 'cancel') return control.cancelMeeting(uri, { by: 'invitee', reason: 'Canceled at the emulator’s page' })
  if (action === 'reschedule') return control.cancelMeeting(uri, { reschedule: true })
  return action === 'expire' ? Promise.resolve(control.expireAccessTokens()) : null
}
