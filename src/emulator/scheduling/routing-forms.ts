// Routing forms and filling them in. Every organization has one form without being asked.
import { wireTime } from '../clock.ts'
import type { Organization, RoutingForm, RoutingFormSubmission, User } from '../entities.ts'
import { API_ORIGIN, findUser, firstOf } from '../lookup.ts'
import { wireSubmission } from '../payloads/routing-form.ts'
import { derivedId, uuid } from '../random-ids.ts'
import { BadInput } from '../seed-schema.ts'
import type { World } from '../world.ts'
import { defaultEventType, type Told } from './event-types.ts'

const ID = 'AAAAAAAAAAAAAAAA'

/** The one that an organization has had from the start; its ids follow from the organization's. */
export function firstRoutingForm(organization: Organization, name = 'Contact us'): RoutingForm {
  return {
    uri: `${API_ORIGIN}/routing_forms/${derivedId('routing form', organization.uri, name)}`,
    organization: organization.uri,
    name,
    status: 'published',
    questions: [
      { uuid: derivedId('question', organization.uri, name, '1'), name: 'Your e-mail', type: 'email', required: true, answerChoices: null },
      {
        uuid: derivedId('question', organization.uri, name, '2'),
        name: 'What is your industry?',
        type: 'select',
        required: false,
        answerChoices: ['IT & Software', 'Other'],
      },
    ],
    createdAt: organization.createdAt,
    updatedAt: organization.updatedAt,
  }
}

/** What is filled in; everything has a default. */
export interface Filling {
  /** The form's URI; default the first. */
  readonly form?: string | undefined
  /** Who is routed to; default the first user. */
  readonly user?: string | undefined
  /** By question. */
  readonly answers?: Readonly<Record<string, string>> | undefined
}

/** Fills a form in and tells subscriptions. @throws BadInput */
export function submitRoutingForm(world: World, filling: Filling): Told<RoutingFormSubmission> {
  const { state } = world
  const host = filling.user === undefined ? firstOf(state.users) : findUser(state, filling.user)
  const form = filling.form === undefined ? firstFormOf(world, host) : state.routingForms.get(filling.form)
  if (form === undefined) throw new BadInput('routing form', 'form', `names none: ${filling.form ?? ''}`)
  const now = wireTime(world.clock.nowMs())
  const row: RoutingFormSubmission = {
    uri: `${API_ORIGIN}/routing_form_submissions/${uuid(world.random)}`,
    routingForm: form.uri,
    answers: answersTo(form, filling.answers ?? {}),
    result: { type: 'event_type', value: defaultEventType(state, host).uri },
    submitter: null,
    createdAt: now,
    updatedAt: now,
  }
  state.submissions.set(row.uri, row)
  state.touch()
  const payload = wireSubmission(row)
  const deliveries = world.announce({ event: 'routing_form_submission.created', organization: form.organization, host, payload })
  return { row, deliveries }
}

/** One that nobody sent, for sample data. */
export function sampleSubmission(world: World, user: User, now: string): RoutingFormSubmission {
  const form = firstFormOf(world, user)
  return {
    uri: `${API_ORIGIN}/routing_form_submissions/${ID}`,
    routingForm: form?.uri ?? `${API_ORIGIN}/routing_forms/${ID}`,
    answers: form === undefined ? [] : answersTo(form, {}),
    result: { type: 'event_type', value: defaultEventType(world.state, user).uri },
    submitter: `${API_ORIGIN}/scheduled_events/${ID}/invitees/${ID}`,
    createdAt: now,
    updatedAt: now,
  }
}

function answersTo(form: RoutingForm, given: Readonly<Record<string, string>>): RoutingFormSubmission['answers'] {
  return form.questions.map(({ uuid: questionUuid, name, type, answerChoices }) => ({
    questionUuid,
    question: name,
    answer: given[name] ?? answerChoices?.[0] ?? (type === 'email' ? 'test@example.com' : null),
  }))
}

function firstFormOf({ state }: World, user: User): RoutingForm | undefined {
  for (const form of state.routingForms.values()) if (form.organization === user.currentOrganization) return form
  return undefined
}
