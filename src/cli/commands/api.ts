// `api`: one request of Calendly's API as a connection, like `gh api`.

import type { Command } from 'commander'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { AnyRequest, AnyRequests } from '../../core/ports/calendly.ts'
import type { Context } from '../context.ts'
import { textOf } from '../input/environment.ts'
import { jsonText } from '../output/json.ts'

interface ApiFlags {
  readonly body?: string
  readonly field?: readonly string[]
  readonly paginate?: boolean
  readonly ndjson?: boolean
  readonly include?: boolean
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const BODY_BYTES_MAX = 8 * 1024 * 1024

const EXAMPLES = `
Examples:
  $ calreconnect api GET /users/me
  $ calreconnect api GET /organization_memberships -f organization=URI --paginate
  $ calreconnect api GET /webhook_subscriptions -f organization=URI -f scope=organization --ndjson
  $ calreconnect api POST /scheduling_links -f owner=URI -f owner_type=EventType -f max_event_count=1
  $ calreconnect api POST /webhook_subscriptions --body subscription.json --include

PATH is a path or one of Calendly's URIs; no other host is ever asked. With GET and DELETE, -f goes into the query; else into a JSON body
(key[]=value adds to a list), or with --body into the query. What Calendly refuses ends with the exit code and message of every
other command. A signing key or subscription made this way is not known to the store: webhooks create keeps both.`

export function addApi(parent: Command, ctx: Context): void {
  parent
    .command('api')
    .description('Send a request to the API as this connection, with its token, retries and rate limits, and print the answer.')
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'such as /users/me, or a URI of Calendly’s')
    .option('--body <file>', 'JSON to send, from a file or - for standard input')
    .option('-f, --field <key=value...>', 'a query parameter or member of the body')
    .option('--paginate', 'every page of a list, as one array')
    .option('--ndjson', 'every page of a list, one line an item as it comes')
    .option('--include', 'print status and headers too')
    .addHelpText('after', EXAMPLES)
    .action((method: string, path: string, flags: ApiFlags) => runApi(ctx, method.toUpperCase(), path, flags))
}

async function runApi(ctx: Context, method: string, path: string, flags: ApiFlags): Promise<void> {
  const isPaged = flags.paginate === true || flags.ndjson === true
  if (!isMethod(method)) throw new CalreconnectError('USAGE', `There is no method ${method}: use ${METHODS.join(', ')}`)
  if (isPaged && method !== 'GET') throw new CalreconnectError('USAGE', 'Only GET has pages', { hint: 'Leave out --paginate and --ndjson' })
  if (isPaged && flags.include === true) throw new CalreconnectError('USAGE', '--include is of one answer, and pages are several')
  if (flags.ndjson === true && ctx.globals.json) throw new CalreconnectError('USAGE', '--json and --ndjson both want stdout')
  const [{ asQuery, parseFields }, { renderAnswer }] = await Promise.all([
    import('../../core/calendly/fields.ts'),
    import('../render/api.ts'),
  ])
  const fields = parseFields(flags.field ?? [])
  const given = flags.body === undefined ? null : await bodyOf(ctx, flags.body)
  const hasBody = method !== 'GET' && method !== 'DELETE'
  const isInBody = hasBody && given === null && Object.keys(fields).length > 0
  const requests = await requestsOf(ctx)
  const at = requests.pathOf(path)
  const query = { ...at.query, ...(isInBody ? {} : asQuery(fields)) }
  if (isPaged) return paged(ctx, requests, { path: at.path, query }, flags.ndjson === true)
  const body = isInBody ? JSON.stringify(fields) : given
  const { headers, ...answer } = await requests.send({ method, path: at.path, query, body })
  const shown = flags.include === true ? headers : null
  ctx.show(dataOf(answer.status, shown, answer.json), (_, view) =>
    renderAnswer({ ...answer, ...(shown === null ? {} : { headers }) }, view),
  )
}

async function paged(ctx: Context, requests: AnyRequests, list: Pick<AnyRequest, 'path' | 'query'>, byLine: boolean): Promise<void> {
  const all: unknown[] = []
  await requests.pages(list, (rows) => {
    if (byLine) for (const row of rows) ctx.host.stdout.write(`${jsonText(row)}\n`)
    else all.push(...rows)
  })
  const { renderAnswer } = await import('../render/api.ts')
  ctx.show(dataOf(OK, null, all), (_, view) => (byLine ? '' : renderAnswer({ status: OK, json: all }, view)))
}

const OK = 200

/** Calendly's keys are Calendly's, and pass as they are. */
function dataOf(status: number, headers: Readonly<Record<string, string>> | null, json: unknown) {
  return { status, headers, body: json === null ? null : { toJSON: () => json } }
}

async function requestsOf(ctx: Context): Promise<AnyRequests> {
  const { bearerTokens } = await import('../context/bearer-tokens.ts')
  return ctx.requests(await bearerTokens(ctx))
}

/** @throws FILE_UNREADABLE, also for what is no JSON */
async function bodyOf(ctx: Context, file: string): Promise<string> {
  const text = textOf(file === '-' ? await ctx.readStdin() : await ctx.readFile(file, BODY_BYTES_MAX))
  try {
    JSON.parse(text)
  } catch (error) {
    const name = file === '-' ? 'Standard input' : file
    throw new CalreconnectError('FILE_UNREADABLE', `${name} is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      hint: 'Give the body that Calendly is to get, as JSON',
    })
  }
  return text
}

function isMethod(text: string): text is AnyRequest['method'] {
  return METHODS.includes(text)
}
