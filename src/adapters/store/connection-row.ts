// A row of calendar_connections and the Connection that it stands for.

import type { Place } from '../../core/secrets/envelope.ts'
import type { Secret } from '../../core/secrets/secret.ts'
import type { AuthKind, Connection, ConnectionPatch, NeedsConnect } from '../../core/connection/model.ts'
import { fromJson, isDesired, isTexts } from './json.ts'
import type { SqlValue } from './script.ts'

export const TOKEN_COLUMNS = ['access_token', 'refresh_token'] as const

export interface ConnectionRow {
  readonly id: string
  readonly user_id: string
  readonly email: string | null
  readonly auth: AuthKind
  readonly client_id: string | null
  readonly access_token: Uint8Array | null
  readonly refresh_token: Uint8Array | null
  readonly token_expires_at: number | null
  readonly token_generation: number
  readonly scopes: string
  readonly calendly_user_uri: string | null
  readonly calendly_organization_uri: string | null
  readonly organization_name: string | null
  readonly role: Connection['role']
  readonly desired_webhook: string | null
  readonly calendly_webhook_id: string | null
  readonly needs_connect: NeedsConnect | null
  readonly is_active: number
  readonly created_at: number
  readonly updated_at: number
}

/** The row's id, not the connection's name: that may change. */
export function tokenPlace(id: string, column: (typeof TOKEN_COLUMNS)[number]): Place {
  return { table: 'calendar_connections', row: id, column }
}

export function connectionFrom(
  row: ConnectionRow,
  open: (envelope: Uint8Array | null, place: Place) => Secret | null,
  path: string,
): Connection {
  return {
    name: row.user_id,
    email: row.email,
    userUri: row.calendly_user_uri,
    organizationUri: row.calendly_organization_uri,
    organizationName: row.organization_name,
    role: row.role,
    auth: row.auth,
    clientId: row.client_id,
    isActive: row.is_active === 1,
    needsConnect: row.needs_connect,
    accessToken: open(row.access_token, tokenPlace(row.id, 'access_token')),
    refreshToken: open(row.refresh_token, tokenPlace(row.id, 'refresh_token')),
    tokenExpiresAtMs: row.token_expires_at,
    tokenGeneration: row.token_generation,
    scopes: fromJson(row.scopes, isTexts, path, 'calendar_connections.scopes'),
    desired: row.desired_webhook === null ? null : fromJson(row.desired_webhook, isDesired, path, 'calendar_connections.desired_webhook'),
    webhookUri: row.calendly_webhook_id,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  }
}

/** Column values of what a patch has; what it has not stays as it is. */
export function patchColumns(patch: ConnectionPatch): Record<string, SqlValue> {
  const columns: Record<string, SqlValue | undefined> = {
    email: patch.email,
    calendly_user_uri: patch.userUri,
    calendly_organization_uri: patch.organizationUri,
    organization_name: patch.organizationName,
    role: patch.role,
    scopes: patch.scopes && JSON.stringify(patch.scopes),
    desired_webhook: patch.desired && JSON.stringify(patch.desired),
    calendly_webhook_id: patch.webhookUri,
    is_active: patch.isActive === undefined ? undefined : Number(patch.isActive),
    needs_connect: patch.needsConnect,
  }
  const given: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries(columns)) if (value !== undefined) given[column] = value
  return given
}
