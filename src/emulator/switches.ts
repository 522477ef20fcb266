// Where the public contract is silent the emulator picks the likely behaviour; each pick is a switch, so that a client can be
// tried against the other answer as well. Knows nothing of how the switches are obeyed. The descriptions are what help shows.
import * as v from 'valibot'

/** The checks of a create in their default order (401 comes before all of them). */
const CREATE_CHECKS = ['oauth_scope', 'shape', 'role', 'plan', 'family_scope', 'conflict'] as const
export type CreateCheck = (typeof CREATE_CHECKS)[number]

const count = (meaning: string) => v.pipe(v.number(), v.integer(), v.minValue(0), v.description(meaning))
const flag = (meaning: string) => v.pipe(v.boolean(), v.description(meaning))
const one = <const T extends string>(options: readonly T[], meaning: string) => v.pipe(v.picklist(options), v.description(meaning))

/** Every switch with its default. Snake case, because they are set over HTTP and in seed files. */
export const SwitchesSchema = v.strictObject({
  // What Calendly's overview says, read 2026-11-25: a user's subscriptions in one organization cannot share a URL.
  conflict_span: v.optional(
    one(
      ['creator', 'owner', 'app', 'organization', 'global'],
      'within what a callback URL must be unique, else 409: organization and who made it; organization, scope and user or group; that and the app; the organization; everywhere',
    ),
    'creator',
  ),
  create_check_order: v.optional(
    v.pipe(
      v.array(v.picklist(CREATE_CHECKS)),
      v.check(
        (order) => new Set(order).size === CREATE_CHECKS.length && order.length === CREATE_CHECKS.length,
        'must name each check once',
      ),
      v.description('the order in which a create is judged'),
    ),
    [...CREATE_CHECKS],
  ),
  missing_family_scope: v.optional(one(['400', '403'], 'the answer to a create whose token lacks an event’s read scope'), '400'),
  isolate_by_app: v.optional(flag('lists show the subscriptions of the caller’s app only'), false),
  loopback_redirect: v.optional(one(['exact', 'any_port', 'any_port_and_127'], 'which loopback redirects match a registered one'), 'exact'),
  refresh_reuse: v.optional(
    one(['refuse', 'revoke_family'], 'a refresh token used again: it alone is refused, or everything of that login dies'),
    'refuse',
  ),
  rotation_kills_access_token: v.optional(flag('a refresh ends the old access token too'), false),
  // RFC 6749 section 6 lets a refresh answer leave the refresh token out; the old one then stays good.
  refresh_rotates: v.optional(flag('a refresh gives a new refresh token'), true),
  revoke_kills_pair: v.optional(flag('revoking one token of a pair ends both'), true),
  revoke_secret_required: v.optional(flag('native clients cannot revoke'), false),
  introspect_secret_required: v.optional(flag('native clients cannot introspect'), true),
  www_authenticate: v.optional(one(['basic_401', 'always', 'never'], 'when OAuth errors carry a challenge'), 'basic_401'),
  // RFC 9207; Calendly is not known to send one.
  redirect_issuer: v.optional(v.nullable(v.pipe(v.string(), v.description('an iss parameter on the redirect'))), null),
  app_key_wins: v.optional(flag('deliveries are signed with the app’s key even where the subscription has one'), false),
  resign_retries: v.optional(flag('a retry is signed anew, with its own time'), true),
  // The text has changed three times.
  plan_message: v.optional(v.pipe(v.string(), v.description('what a refused plan says')), 'Please upgrade to a paid Calendly account.'),
  unknown_query: v.optional(one(['refuse', 'ignore'], 'query parameters that a path does not have'), 'refuse'),
  paging: v.optional(one(['keyset', 'offset'], 'what a page token remembers: the last row, or how many were shown'), 'keyset'),
  accept_form_create: v.optional(flag('a create that is a form, with events[]'), true),
  accept_user_in_organization_list: v.optional(flag('user beside scope=organization in a list, passed over'), true),
  accept_multipart_token: v.optional(flag('multipart bodies at the token endpoint'), true),
  accept_credentials_twice: v.optional(flag('Basic or Bearer beside credentials in the body of introspect and revoke'), true),
  accept_no_user_agent: v.optional(flag('requests without a User-Agent; false: 403 with the edge’s page'), true),
  callback_https_only: v.optional(flag('http callback URLs are refused'), false),
  deliveries: v.optional(
    one(['loopback', 'anywhere', 'nowhere'], 'where deliveries are really sent; elsewhere they are signed and recorded only'),
    'loopback',
  ),
  delivery_connect_timeout_ms: v.optional(count('how long a receiver may take to be connected'), 10_000),
  delivery_timeout_ms: v.optional(count('and from then on to answer'), 15_000),
  rate_limit_free: v.optional(count('requests per minute, app and user, on the free plan'), 50),
  rate_limit_paid: v.optional(count('and on the others'), 500),
  token_limit: v.optional(count('token pairs per user and minute'), 8),
  access_token_seconds: v.optional(count('how long an access token lives'), 7200),
})

/** How the emulator behaves where Calendly's contract is silent. */
export type Switches = v.InferOutput<typeof SwitchesSchema>
