// Where the store keeps secrets: every column with envelopes. What seals, seals anew or forgets them goes by this list.

/** A row is named by an expression that stays the same when a connection is renamed. */
export const SECRET_COLUMNS = [
  { table: 'calendar_connections', row: 'id', columns: ['access_token', 'refresh_token'] },
  { table: 'calendly_webhook_subscriptions', row: 'webhook_subscription_uri', columns: ['webhook_signing_key', 'previous_signing_key'] },
  { table: 'run_steps', row: "run_id || '/' || step_index", columns: ['signing_key'] },
  { table: 'oauth_apps', row: 'client_id', columns: ['client_secret'] },
  { table: 'flows', row: 'flow_id', columns: ['code_verifier'] },
] as const
