// Paths as people give them, before anything is made there: what no shell replaced, and what is no path at all, is refused with
// what to write instead. Pure: whether something is there is asked elsewhere.

import { shellWord } from '../../core/errors/advice.ts'
import { CalreconnectError } from '../../core/errors/errors.ts'
import type { Host } from '../output/streams.ts'

export interface GivenPath {
  /** The option or variable that it was given with: `--db`, `CALRECONNECT_DB`. */
  readonly by: string
  readonly text: string
}

/** What is wrong with a path, and what was meant where that can be told. */
interface Fault {
  readonly what: string
  readonly instead: string | null
}

/** @throws USAGE */
export function checkPath({ by, text }: GivenPath, env: Host['env']): string {
  const fault = faultOf(text, env)
  if (fault === null) return text
  throw new CalreconnectError('USAGE', `${by} ${fault.what}: ${JSON.stringify(text)}`, { hint: hintFor(by, fault.instead) })
}

/** Write this instead. */
export function hintFor(by: string, instead: string | null): string {
  if (instead === null) return `Give ${by} the path of a file`
  return `Write ${by}${by.startsWith('-') ? ' ' : '='}${shellWord(instead)}`
}

function faultOf(text: string, env: Host['env']): Fault | null {
  if (text.trim() === '') return { what: 'is empty', instead: null }
  if (/\p{Cc}/u.test(text)) return { what: 'has control characters in it', instead: null }
  const bare = /^(["'])(.*)\1$/.exec(text)?.[2]
  if (bare !== undefined) return { what: 'is quoted, and the quotation marks would be part of the name', instead: mended(bare, env) }
  if (/^["']/.test(text)) return { what: 'begins with a quotation mark', instead: mended(text.slice(1), env) }
  return tildeFault(text, env) ?? variableFault(text, env) ?? schemeFault(text, env) ?? optionFault(text)
}

/** What is meant by what was inside the quotation marks; null where that is no path either. */
function mended(text: string, env: Host['env']): string | null {
  const fault = faultOf(text, env)
  return fault === null ? text : fault.instead
}

function tildeFault(text: string, env: Host['env']): Fault | null {
  if (!text.startsWith('~')) return null
  const home = env['HOME'] ?? env['USERPROFILE'] ?? null
  const isOwn = text === '~' || /^~[\\/]/.test(text)
  return { what: 'begins with ~, which only a shell replaces, and none did', instead: isOwn && home !== null ? home + text.slice(1) : null }
}

function variableFault(text: string, env: Host['env']): Fault | null {
  const found = /^(?:\$(\w+)|\$\{(\w+)\}|%(\w+)%)(?=$|[\\/])/.exec(text)
  const name = found?.[1] ?? found?.[2] ?? found?.[3]
  if (found === null || name === undefined) return null
  const value = env[name]
  const instead = value === undefined || value === '' ? null : value + text.slice(found[0].length)
  return { what: `begins with ${found[0]}, which only a shell replaces, and none did`, instead }
}

/** `file:` and `sqlite:` URLs mean a file. A Windows drive is one letter, and no scheme. */
function schemeFault(text: string, env: Host['env']): Fault | null {
  if (text === ':memory:') return { what: 'is no file: what is kept in memory is gone with the command', instead: null }
  const found = /^([a-z][a-z0-9+.-]+):(?:\/\/|(?=[a-z0-9._/-]))/i.exec(text)
  const scheme = found?.[1]?.toLowerCase()
  if (found === null || scheme === undefined) return null
  if (/^(file|sqlite3?)$/.test(scheme)) {
    const path = decoded(
      text
        .slice(found[0].length)
        .replace(/^localhost(?=\/)/, '')
        .replace(/^\/(?=[a-z]:)/i, '')
        .replace(/[?#][^]*/, ''),
    )
    return { what: `is a ${scheme}: URL, not a path`, instead: path === '' ? null : mended(path, env) }
  }
  return text.startsWith(found[0]) && found[0].endsWith('//') ? { what: `is a ${scheme}: URL, not a path of a store`, instead: null } : null
}

function optionFault(text: string): Fault | null {
  return text.startsWith('-') ? { what: 'begins with -, as an option does', instead: `./${text}` } : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (thrown) {
    // No percent-encoding after all.
    if (thrown instanceof URIError) return text
    throw thrown
  }
}
