// `store init`: makes the store where there is none, or prints the SQL that would.

import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { existingStore } from '../../context/existing-store.ts'

const EXAMPLES = `
Examples:
  $ calreconnect store init
  $ calreconnect store init --db /var/lib/calreconnect/store.db
  $ calreconnect store init --print-sql
  $ calreconnect store init --db postgres://calreconnect@db.example.com/app
  $ calreconnect store init --db postgres://calreconnect@db.example.com/app --print-sql | psql -h db.example.com -U owner app

On PostgreSQL the tables are in a schema of their own: calreconnect, or that of ?schema=. A role that may not make it needs no more than what
--print-sql grants. Locks hold in transactions, so a pooler may stand between.

The first connect makes the store too. A store that is there is brought up to date, and nothing in it is lost.`

export function addInit(parent: Command, ctx: Context): void {
  parent
    .command('init')
    .description('Make the store where there is none, a file readable by you alone. With --print-sql print its tables and make nothing.')
    .option('--print-sql', 'print the SQL of the tables, and make nothing')
    .addHelpText('after', EXAMPLES)
    .action((flags: { readonly printSql?: boolean }) => (flags.printSql === true ? printSql(ctx) : runInit(ctx)))
}

async function runInit(ctx: Context): Promise<void> {
  const created = (await existingStore(ctx)) === null
  const { location, schemaVersion } = await (await ctx.store()).info()
  ctx.show({ path: location, schemaVersion, created, sql: null }, ({ path }) =>
    created ? `Made the store ${path}` : `The store ${path} is there, and up to date`,
  )
}

async function printSql(ctx: Context): Promise<void> {
  const { sql, schemaVersion } = await ctx.storeSql()
  ctx.show({ path: await ctx.storePath(), schemaVersion, created: false, sql }, () => sql)
}
