// A Model Context Protocol server over standard input and output: tools that read and plan, and, when it is allowed, one that carries a shown
// plan out. The protocol is the official SDK's; it gets our streams and owns nothing of the process. @see https://modelcontextprotocol.io/specification

import { Writable } from 'node:stream'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { visibleJson } from '../../core/secrets/visible.ts'
import { ownCommands, type OwnEnvelope } from './own-command.ts'
import { ShownPlans } from './plans.ts'
import { APPLY, TOOLS } from './tools.ts'
import type { Context } from '../context.ts'
import { VERSION } from '../version.ts'

/** More than this an agent cannot read: it is told to ask for less. */
const ANSWER_CHARACTERS_MAX = 400_000

const GUIDE = `Calendly connections and webhook subscriptions of this machine's user. Look with status, list_webhooks and audit_webhooks.
A change is always: ask for a plan (plan_…), show it to the person, then apply_plan with its plan_id.`

/** Answers until standard input ends, or a signal does it. */
export async function serveMcp(ctx: Context, options: { readonly allowWrites: boolean }): Promise<void> {
  const run = ownCommands(ctx)
  const plans = new ShownPlans(run)
  const server = new Server(
    { name: 'calreconnect', version: VERSION },
    // Nothing is asked of the client, so there is no answer of its to be checked.
    { capabilities: { tools: {} }, instructions: GUIDE, jsonSchemaValidator: NO_VALIDATOR },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed(options.allowWrites) }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }): Promise<CallToolResult> => {
    const { name, arguments: input = {} } = params
    if (name === APPLY.name)
      return options.allowWrites ? applied(plans, input) : failure('Changes are not allowed: start calreconnect mcp with --allow-writes')
    const tool = TOOLS.find((one) => one.name === name)
    if (tool === undefined) return failure(`There is no tool ${name}`)
    const read = v.safeParse(tool.input, input)
    if (!read.success) return failure(problemsOf(read.issues))
    const { args, stdin } = tool.command(read.output)
    const envelope = await run(args, stdin)
    const planId = tool.plans === true && envelope.ok ? plans.keep(args, envelope) : null
    return answer(envelope, tool.plans === true ? { plan_id: planId } : {})
  })
  const { stdin } = ctx.host
  const transport = new StdioServerTransport(stdin, protocolStream(ctx))
  const ended = new Promise<void>((resolve) => {
    stdin.once('end', resolve).once('close', resolve)
    ctx.interruption.signal?.addEventListener('abort', () => resolve(), { once: true })
  })
  await server.connect(transport)
  await ended
  await server.close()
}

const NO_VALIDATOR = {
  getValidator: () => () => ({ valid: false as const, data: undefined, errorMessage: 'Nothing was asked' }),
}

function listed(allowWrites: boolean) {
  const reading = TOOLS.map(({ name, about, input }) => ({
    name,
    description: about,
    inputSchema: schemaOf(input),
    annotations: { readOnlyHint: true, openWorldHint: true },
  }))
  if (!allowWrites) return reading
  const annotations = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true }
  return [...reading, { name: APPLY.name, description: APPLY.about, inputSchema: schemaOf(APPLY.input), annotations }]
}

function schemaOf(input: v.GenericSchema): { type: 'object'; [key: string]: unknown } {
  return { ...toJsonSchema(input, { typeMode: 'input' }), type: 'object' }
}

async function applied(plans: ShownPlans, input: unknown): Promise<CallToolResult> {
  const read = v.safeParse(APPLY.input, input)
  return read.success ? answer(await plans.apply(read.output.plan_id), {}) : failure(problemsOf(read.issues))
}

/** The document of --json as text, and as it is. */
function answer({ ok, data, error }: OwnEnvelope, more: Readonly<Record<string, unknown>>): CallToolResult {
  const document = { ok, ...more, data, error }
  const text = JSON.stringify(document)
  if (text.length > ANSWER_CHARACTERS_MAX)
    return failure(`That is ${text.length.toLocaleString('en-US')} characters: ask for less (url, state, account)`)
  // What an audit finds is a result; only what could not be done is an error.
  return { content: [{ type: 'text', text }], structuredContent: document, isError: !ok && data === null }
}

function failure(message: string): CallToolResult {
  return { content: [{ type: 'text', text: message }], isError: true }
}

function problemsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? 'arguments'}: ${issue.message}`).join('; ')
}

/** Standard output belongs to the protocol. What others wrote is in it as JSON that shows nothing and moves no cursor. */
function protocolStream(ctx: Context): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      ctx.host.stdout.terminal.write(visibleJson(String(chunk)), done)
    },
  })
}
