// What people call a connection's organization.

import type { Connection } from '../../core/connection/model.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { ExitName } from '../../core/errors/exit-codes.ts'
import type { CalendlyApi } from '../../core/ports/calendly.ts'
import type { ConnectionStore } from '../../core/ports/store.ts'

/** Calendly would not tell, or not now: nothing depends on a name. */
const WITHOUT_IT: ReadonlySet<ExitName> = new Set(['auth', 'refused', 'unreachable', 'rate_limited'])

/** Asks for the name once, and keeps it. One request where it is not known yet. @throws STORE_…, INTERRUPTED */
export async function learnOrganization(
  deps: { readonly connections: Pick<ConnectionStore, 'update'> },
  connection: Connection,
  api: () => Promise<Pick<CalendlyApi, 'organization'>>,
): Promise<Connection> {
  const { name, organizationUri, organizationName } = connection
  if (organizationUri === null || organizationName !== null) return connection
  try {
    const organization = await (await api()).organization(organizationUri)
    return await deps.connections.update(name, { organizationName: organization.name })
  } catch (error) {
    if (error instanceof CalreconnectError && WITHOUT_IT.has(error.exit)) return connection
    throw error
  }
}
