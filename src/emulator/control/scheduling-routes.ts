// The control API's part on meetings, no-shows, event types and routing forms: what happens is delivered before it answers.
import * as v from 'valibot'
import { BadInput, parseInput } from '../seed-schema.ts'
import { changeEventType, createEventType } from '../scheduling/event-types.ts'
import { markNoShow, meetingOfInvitee, unmarkNoShow } from '../scheduling/no-shows.ts'
import { submitRoutingForm } from '../scheduling/routing-forms.ts'
import type { Asked, Handler } from './handler.ts'

const text = v.pipe(v.string(), v.nonEmpty('must be filled'))
const minutes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(720))
const bookingSchema = v.strictObject({
  host: v.optional(text),
  event_type: v.optional(text),
  name: v.optional(text),
  invitee_name: v.optional(text),
  invitee_email: v.optional(text),
  starts_in_ms: v.optional(v.number()),
})
const cancelSchema = v.strictObject({
  uri: text,
  reason: v.optional(v.string()),
  by: v.optional(v.picklist(['host', 'invitee'])),
  reschedule: v.optional(v.boolean()),
})
const inviteeSchema = v.strictObject({ invitee: text })

export const schedulingHandlers: readonly (readonly [string, Handler])[] = [
  ['POST /meetings', book],
  ['POST /meetings/cancel', cancel],
  ['POST /no_shows', markInvitee],
  ['DELETE /no_shows', unmarkInvitee],
  ['POST /event_types', addEventType],
  ['PATCH /event_types', patchEventType],
  ['DELETE /event_types', ({ control, body }) => control.happen((world) => changeEventType(world, uriIn(body), 'delete'))],
  ['POST /routing_forms/submit', submit],
]

function book({ control, body }: Asked): unknown {
  const given = parseInput('body', bookingSchema, body)
  const { host, name, event_type: eventType, invitee_name: inviteeName, invitee_email: inviteeEmail, starts_in_ms: startsInMs } = given
  return control.bookMeeting({ host, name, eventType, inviteeName, inviteeEmail, startsInMs })
}

function cancel({ control, body }: Asked): unknown {
  const { uri, ...cancellation } = parseInput('body', cancelSchema, body)
  return control.cancelMeeting(uri, cancellation)
}

function markInvitee({ control, body }: Asked): unknown {
  const { invitee } = parseInput('body', inviteeSchema, body)
  return control.happen((world) => {
    const meeting = meetingOfInvitee(world, invitee)
    if (meeting === undefined) throw new BadInput('no-show', 'invitee', `names none: ${invitee}`)
    return markNoShow(world, meeting)
  })
}

function unmarkInvitee({ control, body }: Asked): unknown {
  const { invitee } = parseInput('body', inviteeSchema, body)
  return control.happen((world) => {
    const row = world.state.noShows.get(invitee)
    if (row === undefined) throw new BadInput('no-show', 'invitee', `is not marked: ${invitee}`)
    return unmarkNoShow(world, row)
  })
}

function addEventType({ control, body }: Asked): unknown {
  const schema = v.strictObject({ user: v.optional(text), name: v.optional(text), slug: v.optional(text), duration: v.optional(minutes) })
  const { user, duration, ...fields } = parseInput('body', schema, body)
  return control.happen((world) => createEventType(world, user, { ...fields, durationMinutes: duration }))
}

function patchEventType({ control, body }: Asked): unknown {
  const schema = v.strictObject({
    uri: text,
    name: v.optional(text),
    slug: v.optional(text),
    duration: v.optional(minutes),
    active: v.optional(v.boolean()),
    secret: v.optional(v.boolean()),
  })
  const { uri, duration, ...fields } = parseInput('body', schema, body)
  return control.happen((world) => changeEventType(world, uri, { ...fields, durationMinutes: duration }))
}

function submit({ control, body }: Asked): unknown {
  const schema = v.strictObject({ form: v.optional(text), user: v.optional(text), answers: v.optional(v.record(v.string(), v.string())) })
  const filling = parseInput('body', schema, body)
  return control.happen((world) => submitRoutingForm(world, filling))
}

function uriIn(body: unknown): string {
  return parseInput('body', v.strictObject({ uri: text }), body).uri
}
