// What a person needs to know to use the emulator: seed, switches, faults, control API. Made from the tables that the emulator
// itself goes by, so that it cannot say anything else. Knows nothing of terminals.
import * as v from 'valibot'
import { CONTROL_ROUTES } from './control/route-table.ts'
import { exampleSeedText } from './example-seed.ts'
import { FAULT_ACTIONS, FaultSchema } from './faults.ts'
import { SeedSchema } from './seed-schema.ts'
import { SwitchesSchema } from './switches.ts'

const WIDTH = 118
const FAULTS_EXAMPLE = `[
  { "method": "POST", "path": "/webhook_subscriptions", "action": "drop_after" },
  { "path": "/users/me", "action": "status", "status": 404, "body": "<h1>Not found</h1>", "times": 2 }
]`

/** The help topic. */
export function guide(): string {
  return [
    'THE EMULATOR: a local Calendly for people who build against it',
    '',
    'One origin serves the OAuth server, the API, a page for people at / and a control API under /_emulator/.',
    'Point a program at it with CALENDLY_AUTH_URL and CALENDLY_API_URL; programs that follow next_page or delete by uri',
    'want --origin self, which makes every identifier and page link the emulator’s.',
    'What it does not have is answered with 401, then 501. It answers only to 127.0.0.1 and localhost.',
    '',
    'SEED (--seed FILE; --print-seed writes this one)',
    indent(exampleSeedText()),
    '',
    ...wrap(`Sections: ${Object.keys(SeedSchema.entries).join(', ')}. References are URIs, ids, e-mail addresses or names.`, WIDTH).map(
      indent,
    ),
    '  What is left out has a default: one organization, one owner, a web and a native app, a personal access token.',
    '  The JSON Schema: calreconnect schema emulator seed',
    '',
    'SWITCHES (in the seed, or PATCH /_emulator/switches): what Calendly’s contract leaves open',
    ...rows(Object.entries(SwitchesSchema.entries).map(([name, entry]) => [`${name} = ${defaultOf(entry)}`, meaningOf(entry)])),
    '',
    'FAULTS (--faults FILE, or POST /_emulator/faults): a list of these; the first that is due hits',
    ...rows(Object.entries(FaultSchema.entries).map(([name, entry]) => [name, meaningOf(entry)])),
    '  Actions:',
    ...rows(FAULT_ACTIONS),
    '  For example:',
    indent(FAULTS_EXAMPLE),
    '  The JSON Schema: calreconnect schema emulator faults',
    '',
    'CONTROL API (JSON in and out, under /_emulator)',
    ...rows(CONTROL_ROUTES.map(({ method, path, body, does }) => [`${method} ${path} ${body}`.trim(), does])),
    '',
    'DELIVERIES go to loopback receivers only, unless the switch deliveries says otherwise. 10 s to connect, 15 s to answer;',
    'anything but 2xx is tried again with growing pauses for 24 hours of its clock (--accelerate, or POST /_emulator/time),',
    'then the subscription is disabled. A receiver that answers 410 loses its subscription at once.',
  ].join('\n')
}

function meaningOf(entry: v.GenericSchema): string {
  return v.getDescription(innermost(entry)) ?? ''
}

/** Under what makes it optional or nullable. */
function innermost(entry: v.GenericSchema): v.GenericSchema {
  return 'wrapped' in entry ? innermost(entry.wrapped as v.GenericSchema) : entry
}

function defaultOf(entry: v.GenericSchema): string {
  const given: unknown = v.getDefault(entry as v.OptionalSchema<v.GenericSchema, unknown>)
  return Array.isArray(given) ? given.join(',') : String(given)
}

/** Two columns; a name that is too long has a line of its own. */
function rows(pairs: readonly (readonly [name: string, meaning: string])[]): string[] {
  const column = 38
  return pairs.flatMap(([name, meaning]) => {
    const lines = wrap(meaning, WIDTH - column)
    const first = name.length + 4 > column ? [`  ${name}`] : [`  ${name.padEnd(column - 2)}${lines.shift() ?? ''}`.trimEnd()]
    return [...first, ...lines.map((line) => ' '.repeat(column) + line)]
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
