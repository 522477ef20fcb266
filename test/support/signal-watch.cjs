// Loaded into the program before it starts (NODE_OPTIONS=--require): writes down who listens to which signal, and whether anybody replaced
// what ends the process.
'use strict'

const { writeFileSync } = require('node:fs')

const listeners = []
const ENDS = ['emit', 'reallyExit', 'exit']
const before = new Map(ENDS.map((name) => [name, Reflect.get(process, name)]))

for (const method of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
  const original = process[method]
  process[method] = function (name, ...rest) {
    if (String(name).startsWith('SIG')) listeners.push(`${String(name)} ${callerOf(new Error('seen').stack ?? '')}`)
    return original.call(this, name, ...rest)
  }
}

/** The file that asked: behind this one and Node's own. */
function callerOf(stack) {
  const line = stack.split('\n').find((text) => text.includes('at ') && !text.includes('signal-watch') && !text.includes('node:'))
  return /([^/\\(\s]+\.[cm]?js)/.exec(line ?? '')?.[1] ?? 'node'
}

process.on('exit', () => {
  const patched = ENDS.filter((name) => Reflect.get(process, name) !== before.get(name))
  writeFileSync(process.env.SIGNAL_WATCH, JSON.stringify({ listeners: [...new Set(listeners)], patched }))
})
