// Preloaded into the program: adds the names of the built files that it loaded to the file that LOADED_FILES names.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const list = process.env.LOADED_FILES
if (list !== undefined) {
  process.on('exit', () => {
    const built = Object.keys(require.cache).filter((file) => path.basename(path.dirname(file)) === 'dist')
    fs.appendFileSync(list, built.map((file) => `${path.basename(file)}\n`).join(''))
  })
}
// A desktop, whatever the tests run in: the system's browser is opened on one only.
const CONTAINERS = new Set(['/.dockerenv', '/run/.containerenv'])
const existsSync = fs.existsSync
fs.existsSync = (file) => !CONTAINERS.has(file) && existsSync(file)
