// Holds answers and deliveries against `openapi/calendly.yaml`, by ajv: a validator that is not ours.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>>; readonly $ref?: string }>
  >
}

const OPENAPI_FILE = fileURLToPath(new URL('openapi/calendly.yaml', import.meta.url))

const document: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> } = parse(
  readFileSync(OPENAPI_FILE, 'utf8'),
)

const ajv = new Ajv2020({ allErrors: true, strict: false })
ajv.addFormat('uri', (text: string) => URL.canParse(text) && !text.includes(' '))
ajv.addFormat('date-time', (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text)))
ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/)
ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/)
ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
ajv.addSchema(document, 'calendly')

const compiled = new Map<string, ValidateFunction>()

/** Every operation as `GET /path/{id}`. */
export const OPERATIONS: readonly string[] = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations)
    .filter((method) => method !== 'parameters')
    .map((method) => `${method.toUpperCase()} ${path}`),
)

/** What is wrong with an answer of the API; empty if nothing. */
export function answerProblems(method: string, path: string, status: number, body: unknown): string[] {
  const found = Object.keys(document.paths).find((template) => fits(template, path))
  const operation = found === undefined ? undefined : document.paths[found]?.[method.toLowerCase()]
  if (found === undefined || operation === undefined) return [`${method} ${path} is not in the OpenAPI document`]
  const response = operation.responses[String(status)]
  if (response === undefined) return [`${method} ${found} has no answer ${status}`]
  if (response.$ref !== undefined) return check(`calendly${response.$ref}/content/application~1json/schema`, body)
  if (response.content === undefined) return body === null || body === '' ? [] : [`${method} ${found} ${status} has a body`]
  const pointer = `calendly#/paths/${found.replaceAll('/', '~1')}/${method.toLowerCase()}/responses/${status}/content/application~1json/schema`
  return check(pointer.replaceAll('{', '%7B').replaceAll('}', '%7D'), body)
}

/** What is wrong with the body of a delivery, payload and all. */
export function payloadProblems(body: unknown): string[] {
  return check('calendly#/components/schemas/Delivery', body)
}

function fits(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((segment, index) => segment.startsWith('{') || segment === given[index])
}

function check(pointer: string, value: unknown): string[] {
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: pointer })
  compiled.set(pointer, validate)
  return validate(value) ? [] : (validate.errors ?? []).map((problem) => `${problem.instancePath} ${problem.message ?? ''}`)
}
