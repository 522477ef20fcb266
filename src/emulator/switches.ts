// Where the public contract is silent the emulator picks the likely behaviour; each pick is a switch, so that a client can be
// tried against the other answer as well. Knows nothing of how the switches are obeyed.
import * as v from 'valibot'

/** The checks of a create in their default order (401 comes before all of them). */
const CREATE_CHECKS = ['oauth_scope', 'shape', 'role', 'plan', 'family_scope', 'conflict'] as const
export type CreateCheck = (typeof CREATE_CHECKS)[number]

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Every switch with its default. Snake case, because they are set over HTTP and in seed files. */
export const SwitchesSchema = v.strictObject({
  /**
   * Within what the callback URL of a subscription must be unique. `creator` = organization and who made it, whatever the scope
   * (what Calendly's overview says, read 2026-11-25); `owner` = organization, scope and user or group; `app` = that, and the app.
   */
  conflict_span: v.optional(v.picklist(['creator', 'owner', 'app', 'organization', 'global']), 'creator'),
  create_check_order: v.optional(
    v.pipe(
      v.array(v.picklist(CREATE_CHECKS)),
      v.check(
        (order) => new Set(order).size === CREATE_CHECKS.length && order.length === CREATE_CHECKS.length,
        'must name each check once',
      ),
    ),
    [...CREATE_CHECKS],
  ),
  missing_family_scope: v.optional(v.picklist(['400', '403']), '400'),
  isolate_by_app: v.optional(v.boolean(), false),
  /** Which loopback redirects match one that is registered: the same string, any port, or any port and 127.0.0.1 for localhost. */
  loopback_redirect: v.optional(v.picklist(['exact', 'any_port', 'any_port_and_127']), 'exact'),
  /** A refresh token that was used before: it alone is refused, or every token that descends from the same login dies. */
  refresh_reuse: v.optional(v.picklist(['refuse', 'revoke_family']), 'refuse'),
  rotation_kills_access_token: v.optional(v.boolean(), false),
  /** A refresh answer may leave the refresh token out (RFC 6749 section 6); the old one then stays good. */
  refresh_rotates: v.optional(v.boolean(), true),
  revoke_kills_pair: v.optional(v.boolean(), true),
  revoke_secret_required: v.optional(v.boolean(), false),
  introspect_secret_required: v.optional(v.boolean(), true),
  www_authenticate: v.optional(v.picklist(['basic_401', 'always', 'never']), 'basic_401'),
  /** An `iss` parameter on the redirect (RFC 9207); Calendly is not known to send one. */
  redirect_issuer: v.optional(v.nullable(v.string()), null),
  app_key_wins: v.optional(v.boolean(), false),
  resign_retries: v.optional(v.boolean(), true),
  /** What a refused plan says; the text has changed three times. */
  plan_message: v.optional(v.string(), 'Please upgrade to a paid Calendly account.'),
  unknown_query: v.optional(v.picklist(['refuse', 'ignore']), 'refuse'),
  /** What a page token remembers: the last row that was shown, or how many were. */
  paging: v.optional(v.picklist(['keyset', 'offset']), 'keyset'),
  /** What clients that are shipped elsewhere send and are seen to live with; each may be refused. First: a create that is no JSON. */
  accept_form_create: v.optional(v.boolean(), true),
  /** `user` beside `scope=organization` in a list: not looked at. */
  accept_user_in_organization_list: v.optional(v.boolean(), true),
  accept_multipart_token: v.optional(v.boolean(), true),
  /** Basic or Bearer beside `client_id` and `client_secret` in the body of an introspection or revocation. */
  accept_credentials_twice: v.optional(v.boolean(), true),
  /** False: 403 with the edge's page, as one user saw. */
  accept_no_user_agent: v.optional(v.boolean(), true),
  callback_https_only: v.optional(v.boolean(), false),
  /** Where deliveries may really be sent; elsewhere they are signed and recorded only, so that a seed never calls out. */
  deliveries: v.optional(v.picklist(['loopback', 'anywhere', 'nowhere']), 'loopback'),
  delivery_connect_timeout_ms: v.optional(count, 10_000),
  /** From the connection on, until the receiver's status is there. */
  delivery_timeout_ms: v.optional(count, 15_000),
  rate_limit_free: v.optional(count, 50),
  rate_limit_paid: v.optional(count, 500),
  token_limit: v.optional(count, 8),
  access_token_seconds: v.optional(count, 7200),
})

/** How the emulator behaves where Calendly's contract is silent. */
export type Switches = v.InferOutput<typeof SwitchesSchema>
