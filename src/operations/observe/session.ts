// Who an operation acts as: a stored connection, or the caller of a personal access token from the environment.

import type { CalendlyApi } from '../../core/ports/calendly.ts'
import type { Connection } from '../../core/connection/model.ts'

export interface Session {
  /** The connection's name; the e-mail address where CALENDLY_TOKEN is used. */
  readonly account: string
  readonly userUri: string
  readonly organizationUri: string
  /** As Calendly has it: `owner`, `admin`, `user`, or one that is not known here. */
  readonly role: string
  /** OAuth scopes granted; null where they cannot be known (a personal access token, or an app from before scopes). */
  readonly grantedScopes: readonly string[] | null
  readonly api: CalendlyApi
  /** Null with CALENDLY_TOKEN: nothing is stored for it. */
  readonly connection: Connection | null
}
