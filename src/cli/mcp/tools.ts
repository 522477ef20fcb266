// What an agent may ask of this program: each tool is a command of it that changes nothing. Plans are numbered by plans.ts.

import * as v from 'valibot'

const account = v.optional(
  v.pipe(v.string(), v.description('A stored connection: its name, e-mail or an unambiguous prefix. Default: the one in use.')),
)
const subscription = v.pipe(v.string(), v.description('A subscription: its URI, an unambiguous prefix of its id, or its callback URL'))
const flag = (meaning: string) => v.optional(v.pipe(v.boolean(), v.description(meaning)), false)

export interface Tool {
  readonly name: string
  readonly about: string
  readonly input: v.GenericSchema<unknown, Readonly<Record<string, unknown>>>
  /** The command to run, and what it reads. @throws never: the input was checked */
  readonly command: (input: Readonly<Record<string, unknown>>) => { readonly args: readonly string[]; readonly stdin?: Uint8Array }
  /** It makes a plan that `apply_plan` may carry out. */
  readonly plans?: boolean
}

function tool<S extends v.ObjectEntries>(
  name: string,
  about: string,
  entries: S,
  command: (input: v.InferOutput<v.StrictObjectSchema<S, undefined>>) => ReturnType<Tool['command']>,
  plans = false,
): Tool {
  const schema = v.strictObject(entries)
  return { name, about, input: schema, command: (input) => command(v.parse(schema, input)), plans }
}

const of = (name: string | undefined): string[] => given('--account', name)
const named = (word: string | undefined): string[] => (word === undefined ? [] : ['--', word])
const when = (is: boolean, ...words: readonly string[]): string[] => (is ? [...words] : [])
/** Words of an agent's are values, never options. */
const given = (option: string, value: string | number | undefined): string[] => (value === undefined ? [] : [`${option}=${value}`])

export const TOOLS: readonly Tool[] = [
  tool(
    'status',
    'The stored Calendly connections, what each needs, and its webhook. remote: ask Calendly too.',
    { account, remote: flag('Ask Calendly') },
    (input) => ({
      args: ['status', ...when(input.remote, '--remote'), ...named(input.account)],
    }),
  ),
  tool(
    'list_webhooks',
    'The webhook subscriptions at Calendly, each with its findings.',
    {
      account,
      url: v.optional(v.pipe(v.string(), v.description('Only callback URLs that fit; * stands for anything'))),
      state: v.optional(v.string()),
    },
    (input) => ({ args: ['webhooks', 'list', ...of(input.account), ...given('--url', input.url), ...given('--state', input.state)] }),
  ),
  tool(
    'audit_webhooks',
    'What is wrong with an organization’s subscriptions: findings, each with a command that repairs its cause or shows what to decide.',
    {
      account,
      all: flag('Every connected account, each organization once'),
    },
    (input) => ({ args: ['webhooks', 'audit', ...(input.all ? ['--all'] : of(input.account))] }),
  ),
  tool(
    'verify_delivery',
    'Whether a captured delivery is Calendly’s, by the signing keys that are stored; and why it is not.',
    {
      body: v.optional(v.pipe(v.string(), v.description('The raw body as text, exactly'))),
      body_base64: v.optional(v.pipe(v.string(), v.base64('must be base64'), v.description('The raw body where it is no text'))),
      signature: v.pipe(v.string(), v.description('The Calendly-Webhook-Signature header: t=…,v1=…')),
    },
    (input) => ({
      args: ['verify', '-', '--format', 'body', `--signature=${input.signature}`],
      stdin: input.body_base64 === undefined ? Buffer.from(input.body ?? '', 'utf8') : Buffer.from(input.body_base64, 'base64'),
    }),
  ),
  tool('runs', 'What this program changed at Calendly: its journal.', { run: v.optional(v.string()) }, (input) => ({
    args: ['runs', ...named(input.run)],
  })),
  tool(
    'plan_reconnect',
    'What it would take to make a connection’s webhook right. Changes nothing; gives a plan_id.',
    { account },
    (input) => ({
      args: ['reconnect', '--dry-run', ...named(input.account)],
    }),
    true,
  ),
  tool(
    'plan_prune',
    'Which subscriptions nobody needs. Without criteria: duplicates, disabled and superseded ones of this connection. Changes nothing; gives a plan_id.',
    {
      account,
      duplicates: flag('All but one that deliver the same events to the same URL'),
      disabled: flag('Those that Calendly has disabled'),
      url: v.optional(v.pipe(v.string(), v.description('Callback URLs that fit; foreign ones too'))),
      include_foreign: flag('Also those that were made elsewhere'),
    },
    (input) => ({
      args: [
        'webhooks',
        'prune',
        ...of(input.account),
        ...when(input.duplicates, '--duplicates'),
        ...when(input.disabled, '--disabled'),
        ...given('--url', input.url),
        ...when(input.include_foreign, '--include-foreign'),
        '--dry-run',
      ],
    }),
    true,
  ),
  tool(
    'plan_delete',
    'Deleting exactly these subscriptions. Changes nothing; gives a plan_id.',
    { account, subscriptions: v.pipe(v.array(subscription), v.minLength(1), v.maxLength(100)) },
    (input) => ({
      args: ['webhooks', 'delete', ...of(input.account), '--dry-run', '--', ...input.subscriptions],
    }),
    true,
  ),
  tool(
    'plan_restore',
    'Bringing back what a run deleted; default the last one that deleted any. Changes nothing; gives a plan_id.',
    { account, run: v.optional(v.string()) },
    (input) => ({
      args: ['webhooks', 'restore', ...of(input.account), '--dry-run', ...named(input.run)],
    }),
    true,
  ),
]

/** What a plan file of another process cannot be: only plans of this session are known. */
export const APPLY = {
  name: 'apply_plan',
  about: 'Carries out a plan that a plan_ tool of this session gave, if it still fits what is at Calendly. Show it to the person first.',
  input: v.strictObject({ plan_id: v.pipe(v.string(), v.description('As the plan_ tool gave it')) }),
} as const
