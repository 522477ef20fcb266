// OAuth apps as people read them.

import type { AppEntry, AppList } from '../../operations/accounts/apps.ts'
import { type Column, renderTable } from './table/table.ts'
import { printable } from '../../core/secrets/visible.ts'
import type { View } from './view.ts'

export function renderApps({ apps }: AppList, view: View): string {
  if (apps.length === 0) return ''
  const columns: readonly Column<AppEntry>[] = [
    { header: '', name: 'in use', cell: ({ inUse }) => (inUse ? '*' : ''), value: ({ inUse }) => (inUse ? 'yes' : 'no') },
    { header: 'client id', cell: ({ clientId }) => clientId, shrinks: true },
    { header: 'name', cell: ({ name }) => name ?? '-', shrinks: true },
    { header: 'kind', cell: ({ kind }) => kind },
    { header: 'secret', cell: secretWord },
    { header: 'from', cell: ({ from }) => from },
    { header: 'accounts', cell: ({ accounts }) => accounts.join(', ') || '-', shrinks: true },
  ]
  return renderTable(view, columns, apps)
}

export function renderAppSet({ app }: { readonly app: AppEntry }, { paint }: View): string {
  const what = app.kind === 'web' ? 'its secret encrypted' : 'a native app, which has no secret'
  return `${paint.green('✓')} Kept the OAuth app ${printable(app.name ?? app.clientId)}, ${what}`
}

function secretWord({ kind, secretStored }: AppEntry): string {
  if (kind === 'native') return 'none'
  return secretStored ? 'known' : 'missing'
}
