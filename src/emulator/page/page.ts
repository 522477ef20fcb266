// The page at /: what there is, what was delivered, and buttons for what a person would do at Calendly. Knows nothing of sockets.
import { wireTime } from '../clock.ts'
import type { Delivery, Meeting, Subscription } from '../entities.ts'
import { escapeHtml as escape, htmlPage } from '../html.ts'
import type { Answer } from '../refusals.ts'
import type { State } from '../state.ts'
import type { World } from '../world.ts'

const SHOWN_MAX = 50

/** Renders it. @param notice what was just done */
export function overviewPage(world: World, url: string, notice: string | null): Answer {
  const { state, clock } = world
  const speed = clock.accelerate === 1 ? '' : `, ${clock.accelerate} times as fast as real time`
  const content = [
    '<h1>Calendly emulator</h1>',
    `<p>Serving <strong>${escape(url)}</strong>. Its clock says ${time(wireTime(clock.nowMs()))}${speed}. <a href="/">Refresh</a></p>`,
    notice === null ? '' : `<p class="notice" role="status">${escape(notice)}</p>`,
    actions(state, clock.nowMs()),
    section(
      'Organizations',
      [...state.organizations.values()].map((row) => organization(state, row.uri)),
      'None.',
    ),
    section('Subscriptions', [...state.subscriptions()].map(subscription), 'None yet: nothing will be delivered.'),
    section('Meetings', [...state.meetings.values()].toReversed().map(meeting), 'None yet. Book one above.'),
    section(
      'Deliveries',
      [...state.deliveries.values()].toReversed().map(delivery),
      'None yet. They are made when a meeting is booked or canceled.',
    ),
  ].join('\n')
  return {
    ...htmlPage({ status: 200, title: 'Calendly emulator', content, formAction: "'self'", wide: true, referrer: 'same-origin' }),
    own: true,
  }
}

function section(title: string, cards: readonly string[], none: string): string {
  const id = title.toLowerCase()
  const shown = cards.slice(0, SHOWN_MAX)
  const more = cards.length > shown.length ? `<p>The latest ${shown.length} of ${cards.length}.</p>` : ''
  const list = cards.length === 0 ? `<p>${none}</p>` : `<ul class="cards">${shown.map((card) => `<li>${card}</li>`).join('\n')}</ul>`
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${list}${more}</section>`
}

function actions(state: State, nowMs: number): string {
  const options = [...state.users.values()]
    .slice(0, 200)
    .map((user) => `<option value="${escape(user.uri)}">${escape(`${user.name} (${user.email})`)}</option>`)
  const live = [...state.grants.values()].filter((grant) => !grant.accessRevoked && grant.expiresAtMs > nowMs).length
  return `<div class="side">
<form method="post" action="/"><input type="hidden" name="action" value="book"><div><label for="host">Meeting with</label><select id="host" name="host">${options.join('')}</select></div><button class="main">Book a meeting</button></form>
<form method="post" action="/"><input type="hidden" name="action" value="expire"><button>Expire access tokens (${live} live)</button></form>
</div>`
}

function organization(state: State, uri: string): string {
  const row = state.organizations.get(uri)
  const members = [...state.memberships.values()].filter((one) => one.organization === uri)
  const named = members.slice(0, 20).map((one) => `${state.users.get(one.user)?.email ?? one.user} (${one.role})`)
  const rest = members.length > named.length ? ` and ${members.length - named.length} more` : ''
  return `<strong>${escape(row?.name ?? '')}</strong><p>Plan ${escape(row?.plan ?? '')}, ${escape(row?.stage ?? '')}. Members: ${escape(named.join(', ') || 'none')}${rest}</p>`
}

function subscription(row: Subscription): string {
  const state = row.state === 'active' ? '<span class="good">active</span>' : '<span class="bad">disabled</span>'
  const retrying = row.retryStartedAt === null ? '' : `, <span class="bad">retrying since ${time(row.retryStartedAt)}</span>`
  return `<strong>${escape(row.callbackUrl)}</strong><p>${state}${retrying}, ${row.scope} scope: ${escape(row.events.join(', '))}</p>`
}

function meeting(row: Meeting): string {
  const when = time(wireTime(row.startMs))
  const what = `<div><strong>${escape(row.name)}</strong> with ${escape(row.inviteeName)} (${escape(row.inviteeEmail)})<p>${when}`
  if (row.canceled !== null)
    return `<div class="row">${what}, <span class="bad">${row.rescheduled ? 'rescheduled' : 'canceled'}</span></p></div></div>`
  const about = `${row.name} with ${row.inviteeName} of ${when}`
  const button = (action: string, label: string) =>
    `<button name="action" value="${action}" aria-label="${escape(`${label} ${about}`)}">${label}</button>`
  return `<div class="row">${what}</p></div><form method="post" action="/"><input type="hidden" name="uri" value="${escape(row.uri)}">${button('cancel', 'Cancel')}${button('reschedule', 'Reschedule')}</form></div>`
}

function delivery(row: Delivery): string {
  const tone = row.state === 'delivered' ? 'good' : row.state === 'pending' || row.state === 'recorded' ? '' : 'bad'
  const attempts = row.attempts.map(
    ({ at, status, error }) => `<li>${time(at)}: ${status === null ? escape(error ?? '') : `answered ${status}`}</li>`,
  )
  const next = row.state === 'pending' && row.attempts.length > 0 ? `<p>Next try at ${time(wireTime(row.nextAttemptAtMs))}</p>` : ''
  return `<strong>${escape(row.event)}</strong> <span class="${tone}">${row.state}</span><p>to ${escape(row.callbackUrl)}</p>
<ol>${attempts.join('')}</ol>${next}<details><summary>Body of this ${escape(row.event)}</summary><pre>${escape(JSON.stringify(JSON.parse(row.body), null, 2))}</pre></details>`
}

/** To the second, in UTC. */
function time(wire: string): string {
  return `${wire.slice(0, 10)} ${wire.slice(11, 19)} UTC`
}
