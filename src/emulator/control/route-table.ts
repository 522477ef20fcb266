// Every route of the control API in words: what `GET /_emulator/`, the help topic and the tests know of it. Imports nothing, so that
// help is cheap.

/** One route. `body` is written as a person would note it: `?` means may be left out. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/_emulator`. */
  readonly path: string
  readonly body: string
  readonly does: string
}

const ROWS: readonly (readonly [ControlRoute['method'], path: string, body: string, does: string])[] = [
  ['GET', '/', '', 'this list'],
  ['GET', '/info', '', 'what `calreconnect emulator --json` prints'],
  ['GET', '/state', '', 'everything, tokens and secrets too: they are made up'],
  ['POST', '/seed', 'a seed', 'replace everything by it'],
  ['POST', '/add', 'a seed', 'add it to what is there'],
  ['POST', '/reset', '', 'back to how it was after start or the last seed'],
  ['GET', '/time', '', 'now, now_ms and accelerate'],
  ['POST', '/time', '{advance_ms}', 'move on, trying the deliveries that fall due on the way'],
  ['GET', '/requests', '', 'requests seen (none of these here), authorization redacted'],
  ['DELETE', '/requests', '', 'forget them'],
  ['GET', '/faults', '', 'faults in force, with how often they were seen and hit'],
  ['POST', '/faults', 'a fault script', 'add it'],
  ['DELETE', '/faults', '', 'end them all'],
  ['GET', '/switches', '', 'all switches as they stand'],
  ['PATCH', '/switches', '{switch: value}', 'change some'],
  ['POST', '/meetings', '{host?, event_type?, name?, invitee_name?, invitee_email?, starts_in_ms?}', 'book'],
  ['POST', '/meetings/cancel', '{uri, reason?, by?, reschedule?}', 'cancel, or reschedule'],
  ['POST', '/no_shows', '{invitee}', 'mark an invitee who did not come'],
  ['DELETE', '/no_shows', '{invitee}', 'take it back'],
  ['POST', '/event_types', '{user?, name?, slug?, duration?}', 'make one'],
  ['PATCH', '/event_types', '{uri, name?, slug?, duration?, active?, secret?}', 'change one'],
  ['DELETE', '/event_types', '{uri}', 'delete one'],
  ['POST', '/routing_forms/submit', '{form?, user?, answers?}', 'fill one in'],
  ['POST', '/events', '{event, user?}', 'let any event happen, with made-up data'],
  ['GET', '/deliveries', '', 'every attempt, its headers, the exact body; ?event=, ?state=, ?subscription=, ?callback_url='],
  ['GET', '/subscriptions', '', 'with keys and apps'],
  ['PATCH', '/subscriptions', '{uri, state?, retry_started_at?, creator?, hidden_ms?, hidden_lists?}', 'change what no request can'],
  ['DELETE', '/subscriptions', '{uri}', 'remove one behind everybody’s back'],
  ['GET', '/users', '', 'and so on: as they are kept'],
  ['GET', '/organizations', '', ''],
  ['GET', '/memberships', '', ''],
  ['GET', '/groups', '', ''],
  ['GET', '/apps', '', ''],
  ['GET', '/personal_access_tokens', '', ''],
  ['GET', '/meetings', '', ''],
  ['GET', '/event_types', '', ''],
  ['GET', '/routing_forms', '', ''],
  ['GET', '/grants', '', ''],
  ['PATCH', '/users', '{user, email?, name?, slug?, timezone?, locale?, current_organization?}', 'change a user'],
  ['POST', '/users/move', '{user, organization, role?}', 'out of their organization, into another'],
  ['POST', '/users/remove', '{user}', 'delete an account: memberships and tokens end'],
  ['PATCH', '/organizations', '{organization, name?, plan?, stage?, kind?, features?}', 'change plan or features'],
  ['PATCH', '/apps', '{client_id, name?, client_secret?, redirect_uris?, scopes?, signing_key?, legacy?}', 'change an app'],
  ['POST', '/memberships/role', '{user, role, organization?}', 'make a member, or change a role'],
  ['POST', '/memberships/remove', '{user, organization?}', 'end a membership; the user stays'],
  ['POST', '/tokens/issue', '{client_id, user?, scope?}', 'a pair without a browser'],
  ['POST', '/tokens/expire', '{user?, client_id?}', 'access tokens as if two hours old'],
  ['POST', '/tokens/revoke', '{user?, client_id?}', 'as when a user removes the app'],
]

/** The table. */
export const CONTROL_ROUTES: readonly ControlRoute[] = ROWS.map(([method, path, body, does]) => ({ method, path, body, does }))
