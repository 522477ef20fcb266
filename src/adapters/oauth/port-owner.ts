// Who listens on a port, where that can be found out cheaply: from /proc on Linux. Elsewhere, and for others' processes, null.

import { readFile, readdir, readlink } from 'node:fs/promises'

const PROCESSES_MAX = 2_000
const LISTENING = '0A'

/** `node (pid 1234)`, or null. Never throws. */
export async function portOwner(port: number): Promise<string | null> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return null
  const processes = (await orEmpty(readdir('/proc'))).filter((name) => /^\d+$/.test(name)).slice(0, PROCESSES_MAX)
  for (const pid of processes) {
    if (!(await holdsOneOf(pid, inodes))) continue
    const [name] = await orEmpty(readFile(`/proc/${pid}/comm`, 'utf8').then((text) => [text.trim()]))
    return `${name ?? 'a process'} (pid ${pid})`
  }
  return null
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = await orEmpty(readFile(table, 'utf8').then((text) => text.split('\n')))
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === LISTENING && local.endsWith(`:${wanted}`) && inode !== undefined) inodes.add(inode)
    }
  }
  return inodes
}

async function holdsOneOf(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await orEmpty(readdir(`/proc/${pid}/fd`))
  for (const descriptor of descriptors) {
    const [target] = await orEmpty(readlink(`/proc/${pid}/fd/${descriptor}`).then((link) => [link]))
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1]
    if (inode !== undefined && inodes.has(inode)) return true
  }
  return false
}

/** Processes end while one looks at them, and others' may not be looked at. */
async function orEmpty(work: Promise<string[]>): Promise<string[]> {
  return work.catch(() => [])
}
