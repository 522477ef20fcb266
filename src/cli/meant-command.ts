// What somebody meant who typed a command that is not there: a verb without its noun, another tool's word for it, a slip.

import { next } from '../core/errors/advice.ts'
import { nearest } from '../core/connection/near-names.ts'
import { CalreconnectError } from '../core/errors/errors.ts'

/** The verbs below each noun, as the program declares them (a test compares). */
export const VERBS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'webhooks',
    [
      'list',
      'get',
      'create',
      'delete',
      'prune',
      'recreate',
      'restore',
      'keys',
      'plan',
      'apply',
      'audit',
      'watch',
      'sample',
      'listen',
      'test',
    ],
  ],
  ['accounts', ['list', 'use', 'rename', 'remove']],
  ['app', ['set', 'show', 'remove']],
  ['completion', ['bash', 'zsh', 'fish', 'powershell', 'install']],
  ['store', ['copy', 'info', 'init', 'key', 'reset-secrets']],
])

/** Other tools' words. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['login', 'connect'],
  ['signin', 'connect'],
  ['auth', 'connect'],
  ['add', 'connect'],
  ['refresh', 'reconnect'],
  ['sync', 'reconnect'],
  ['logout', 'disconnect'],
  ['signout', 'disconnect'],
  ['revoke', 'disconnect'],
  ['whoami', 'status'],
  ['info', 'status'],
  ['account', 'accounts'],
  ['connections', 'accounts'],
  ['use', 'accounts use'],
  ['switch', 'accounts use'],
  ['apps', 'app'],
  ['webhook', 'webhooks'],
  ['hooks', 'webhooks'],
  ['subscriptions', 'webhooks'],
  ['ls', 'webhooks list'],
  ['rm', 'webhooks delete'],
  ['clean', 'webhooks prune'],
  ['cleanup', 'webhooks prune'],
  ['rotate', 'webhooks recreate'],
  ['undo', 'webhooks restore'],
  ['check', 'webhooks audit'],
  ['logs', 'log'],
  ['history', 'runs'],
  ['journal', 'runs'],
  ['run', 'exec'],
  ['request', 'api'],
  ['browse', 'open'],
  ['monitor', 'webhooks watch'],
  ['curl', 'api'],
  ['diagnose', 'doctor'],
  ['health', 'doctor'],
  ['reset-secrets', 'store reset-secrets'],
])

/** Full commands that `word` may stand for, the likeliest first; empty when nothing comes near. */
export function meantBy(word: string, commands: readonly string[]): readonly string[] {
  const folded = word.toLowerCase()
  if (commands.includes(folded)) return [folded]
  const exact = [...(SYNONYMS.has(folded) ? [SYNONYMS.get(folded) ?? ''] : []), ...withVerb(folded)]
  if (exact.length > 0) return [...new Set(exact)]
  const near = nearest(folded, [...commands, ...SYNONYMS.keys(), ...[...VERBS.values()].flat()])
  return near === null ? [] : meantBy(near, commands)
}

/** As `meantBy`, for `noun verb`. */
export function meantByWords([noun = '', verb]: readonly string[], commands: readonly string[]): readonly string[] {
  const near = verb === undefined ? null : nearest(verb, VERBS.get(noun) ?? [])
  return near === null ? meantBy(verb ?? noun, commands) : [`${noun} ${near}`]
}

/** @param noun the group that it was looked for in; empty for the program itself */
export function unknownCommand(word: string, noun: string, commands: readonly string[]): CalreconnectError {
  const meant = noun === '' ? meantBy(word, commands) : meantByWords([noun, word], commands)
  const named = [noun, word].filter((part) => part !== '').join(' ')
  const [first] = meant
  const question = first === undefined ? '' : `; did you mean ${meant.map((command) => String(next(...command.split(' ')))).join(' or ')}?`
  return new CalreconnectError('USAGE', `Unknown command ${JSON.stringify(named)}${question}`, {
    hint: next(...(first ?? noun).split(' ').filter((part) => part !== ''), '--help'),
  })
}

function withVerb(verb: string): readonly string[] {
  return [...VERBS].flatMap(([noun, verbs]) => (verbs.includes(verb) ? [`${noun} ${verb}`] : []))
}
